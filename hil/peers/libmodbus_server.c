/* A Modbus TCP server on libmodbus, for any number of clients at a time.
 *
 *     libmodbus_server BITS WORDS
 *
 * Prints the port it took on loopback and serves until its standard input ends. Four tables: BITS coils
 * and inputs, WORDS holding and input registers, all zero at first.
 *
 *     cc -O1 -o libmodbus_server libmodbus_server.c $(pkg-config --cflags --libs libmodbus)
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>
#include <netinet/in.h>
#include <arpa/inet.h>

static int fail(const char *what)
{
    fprintf(stderr, "libmodbus_server: %s: %s\n", what, modbus_strerror(errno));
    return 1;
}

/* libmodbus cannot tell which port the system chose, so the socket is made here. */
static int listen_on_loopback(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) || listen(fd, 16)
        || getsockname(fd, (struct sockaddr *)&at, &size))
        return -1;
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    int bits = argc > 1 ? atoi(argv[1]) : 2100, words = argc > 2 ? atoi(argv[2]) : 300;
    modbus_t *context = modbus_new_tcp("127.0.0.1", 0);
    modbus_mapping_t *tables = modbus_mapping_new(bits, bits, words, words);
    int listener = listen_on_loopback(), highest = listener;
    fd_set watched;

    if (!context || !tables || listener < 0)
        return fail("cannot start");
    FD_ZERO(&watched);
    FD_SET(listener, &watched);
    FD_SET(STDIN_FILENO, &watched);
    for (;;) {
        fd_set ready = watched;
        if (select(highest + 1, &ready, NULL, NULL, NULL) < 0)
            return fail("select");
        if (FD_ISSET(STDIN_FILENO, &ready))
            return 0;
        for (int fd = 0; fd <= highest; fd++) {
            uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
            if (!FD_ISSET(fd, &ready))
                continue;
            if (fd == listener) {
                int guest = accept(listener, NULL, NULL);
                if (guest >= 0) {
                    FD_SET(guest, &watched);
                    highest = guest > highest ? guest : highest;
                }
                continue;
            }
            modbus_set_socket(context, fd);
            int length = modbus_receive(context, request);
            if (length > 0)
                modbus_reply(context, request, length, tables);
            else if (length < 0) {
                close(fd);
                FD_CLR(fd, &watched);
            }
        }
    }
}
