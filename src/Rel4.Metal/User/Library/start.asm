; What a task in ring 3 needs and C# can't say. System V calling convention: arguments in rdi, rsi; result in rax.

bits 64

extern task_main

global _start
global task_trap
global task_system_call
global task_timestamp
global metal_panic
global RhpFallbackFailFast
global RhpReversePInvoke
global RhpReversePInvokeReturn
global __security_cookie

STACK_SIZE equ 0x8000

; TrapFrame of Rel4.Runtime
FRAME_NUMBER     equ 0
FRAME_CAPABILITY equ 8
FRAME_INFO       equ 16
FRAME_BADGE      equ 24
FRAME_WORD0      equ 32
FRAME_WORD1      equ 40
FRAME_WORD2      equ 48
FRAME_WORD3      equ 56

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
    mov rdx, [rax + FRAME_NUMBER]
    mov rdi, [rax + FRAME_CAPABILITY]
    mov rsi, [rax + FRAME_INFO]
    mov r10, [rax + FRAME_WORD0]
    mov r8, [rax + FRAME_WORD1]
    mov r9, [rax + FRAME_WORD2]
    mov r15, [rax + FRAME_WORD3]
    syscall
    mov [rax + FRAME_INFO], rsi
    mov [rax + FRAME_BADGE], rdi
    mov [rax + FRAME_WORD0], r10
    mov [rax + FRAME_WORD1], r8
    mov [rax + FRAME_WORD2], r9
    mov [rax + FRAME_WORD3], r15
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

; The runtime's transition from unmanaged code, which ilc puts around the start-up code of a library. There is no runtime to tell.
RhpReversePInvoke:
RhpReversePInvokeReturn:
    ret

section .rodata

; Compiled methods with a buffer on the stack put this below it and look at it again before they return (see Boot/imports.asm).
align 8
__security_cookie: dq 0x9E3779B9007F4A15

section .stack nobits alloc noexec write align=4096
    resb STACK_SIZE
stack_top:
