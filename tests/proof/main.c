/* Linked, never run: pulls in one entry point of the core, and with it all that it needs.
   The five functions below are what a compiler may call on any target, hosted or not. */
typedef __SIZE_TYPE__ size;

extern void ENTRY(void);

#ifdef PANIC_MAY_BE_REACHED
void potline_panic_reached(void) { for (;;) { } }
#endif

void *memcpy(void *to, const void *from, size n) {
    for (size i = 0; i < n; i++) ((volatile char *)to)[i] = ((const char *)from)[i];
    return to;
}

void *memmove(void *to, const void *from, size n) {
    if ((char *)to < (const char *)from) return memcpy(to, from, n);
    while (n--) ((volatile char *)to)[n] = ((const char *)from)[n];
    return to;
}

void *memset(void *to, int value, size n) {
    for (size i = 0; i < n; i++) ((volatile char *)to)[i] = (char)value;
    return to;
}

int memcmp(const void *a, const void *b, size n) {
    const unsigned char *x = a, *y = b;
    for (size i = 0; i < n; i++) if (x[i] != y[i]) return x[i] - y[i];
    return 0;
}

int bcmp(const void *a, const void *b, size n) {
    return memcmp(a, b, n);
}

int main(void) {
    ENTRY();
    return 0;
}
