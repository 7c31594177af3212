; What the compiled C# calls and C# can't say. System V calling convention: arguments in rdi, rsi; result in rax.

bits 64

global metal_out8
global metal_in8
global metal_exit
global metal_panic
global RhpFallbackFailFast

ISA_DEBUG_EXIT    equ 0xF4              ; QEMU: -device isa-debug-exit,iobase=0xf4,iosize=4
STATUS_PANIC      equ 0x12              ; Status.Panic in C#

section .text

; metal_out8(port, value) writes a byte to an I/O port.
metal_out8:
    mov edx, edi
    mov eax, esi
    out dx, al
    ret

; metal_in8(port) reads a byte from an I/O port.
metal_in8:
    mov edx, edi
    xor eax, eax
    in al, dx
    ret

; metal_panic() ends the machine for a bound overstepped or a stack overrun: there is no way to go on.
; ilc calls it RhpFallbackFailFast where it finds its stack cookie damaged.
metal_panic:
RhpFallbackFailFast:
    mov edi, STATUS_PANIC

; metal_exit(status) ends the machine. QEMU's own exit status is then status * 2 + 1. Without that device it halts.
metal_exit:
    mov eax, edi
    mov edx, ISA_DEBUG_EXIT
    out dx, eax
.halt:
    cli
    hlt
    jmp .halt
