; What the store does besides a request, in measurements. System V calling convention.

bits 64

global store_work

section .text

; store_work(instructions) takes about so many: six a turn, as in most code from one branch to the next. Bochs' processors take turns from branch to branch, so neither gets ahead by it.
store_work:
    test rdi, rdi
    jz .done
.turn:
    times 4 nop
    sub rdi, 6
    ja .turn
.done:
    ret
