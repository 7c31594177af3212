; What a task in ring 3 needs and C# can't say. System V calling convention: arguments in rdi, rsi; result in rax.

bits 64

extern task_main

global _start
global task_trap
global task_system_call
global task_timestamp
global metal_panic
global RhpFallbackFailFast

STACK_SIZE equ 0x8000

section .text

; Where the kernel, or who made the thread, starts it. In: rdi = argument. The stack pointer may hold anything.
; Out: never returns. Calls task_main(argument) on the stack below.
_start:
    lea rsp, [rel stack_top]
    xor ebp, ebp
    call task_main

; metal_panic() ends the thread by a fault: a bound overstepped, a stack overrun, or a task_main that returned. Who handles its faults learns of it.
; ilc calls it RhpFallbackFailFast where it finds its stack cookie damaged.
metal_panic:
RhpFallbackFailFast:
    ud2

; task_trap(frame) makes the system call that a TrapFrame describes and puts what comes back into it.
; The kernel keeps every register but rcx, r11 and those of the message; rax holds the frame meanwhile.
; Aligned, because compiled code takes bit 1 of a function pointer for a mark of its own.
align 16
task_trap:
    push r15
    mov rax, rdi
    mov rdx, [rax]                      ; TrapFrame.Number
    mov rdi, [rax + 8]                  ; Capability
    mov rsi, [rax + 16]                 ; Info
    mov r10, [rax + 32]                 ; Word0 to Word3
    mov r8, [rax + 40]
    mov r9, [rax + 48]
    mov r15, [rax + 56]
    syscall
    mov [rax + 16], rsi
    mov [rax + 24], rdi                 ; Badge
    mov [rax + 32], r10
    mov [rax + 40], r8
    mov [rax + 48], r9
    mov [rax + 56], r15
    pop r15
    ret

; task_system_call(capability, info, number) makes a system call and drops what comes back in registers. The calling convention's first three
; arguments lie where the kernel wants them. Message words 0 to 3 are whatever the registers hold.
task_system_call:
    push r15
    syscall
    pop r15
    ret

; task_timestamp() reads the processor's time stamp counter.
task_timestamp:
    rdtsc
    shl rdx, 32
    or rax, rdx
    ret

section .stack nobits alloc noexec write align=4096
    resb STACK_SIZE
stack_top:
