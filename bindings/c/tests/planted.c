/* What check.sh must catch: without a definition nothing, with one of them what its name says. */
#include <stdlib.h>
#include <string.h>

#include "potline.h"

int main(void) {
    void *cell = malloc(potline_cell_size());
    potline_cell_input input;
    potline_cell_output output;
#ifdef WARNING
    int nobody_asks_for_this;
#endif
    memset(&input, 0, sizeof input);
    memset(&output, 0, sizeof output);
    input.size = sizeof input;
    output.size = sizeof output;
    if (cell == NULL || potline_cell_init(cell, potline_cell_size()) != POTLINE_STATUS_OK) return 1;
#ifdef FREED
    /* So that the compiler does not say it first. */
    void *volatile kept = cell;
    free(cell);
    potline_cell_step(kept, &input, 1.0, &output);
#else
    potline_cell_step(cell, &input, 1.0, &output);
#ifndef LEAK
    free(cell);
#endif
#endif
    return 0;
}
