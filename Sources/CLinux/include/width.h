#ifndef RECOVER_WIDTH_H
#define RECOVER_WIDTH_H

#include <stdint.h>

/* wcwidth(3), which Swift's Glibc module hides, as the C.UTF-8 locale knows it whatever the
   locale of the process: the columns of a Unicode scalar on a terminal, -1 for a control. */
int recover_column_width(uint32_t scalar);

#endif
