; Every processor exception ends the machine with its number on the serial port. The kernel raises none on purpose.

bits 64

extern metal_exception

global exceptions_install

VECTORS           equ 32
KERNEL_CODE       equ 8                 ; start.asm's gdt.code
GATE_INTERRUPT    equ 0x8E00            ; present, ring 0, 64-bit interrupt gate
ERROR_CODES       equ 0x60227D00        ; vectors for which the processor pushes an error code (Intel SDM 3A, table 6-1)

section .text

; Points all exception vectors to their stubs. In: long mode. Changes: rax, rcx, rdx, rdi.
exceptions_install:
    mov edi, idt
    mov eax, stubs
    mov ecx, VECTORS
.gate:
    mov edx, eax
    mov [rdi], dx                       ; offset 15:0
    mov word [rdi + 2], KERNEL_CODE
    mov word [rdi + 4], GATE_INTERRUPT
    shr edx, 16
    mov [rdi + 6], dx                   ; offset 31:16; the rest is zero below 4 GiB
    add rdi, 16
    add eax, STUB_SIZE
    dec ecx
    jnz .gate
    lidt [idt_pointer]
    ret

; One stub a vector, all of one size: makes the stack look the same, with or without an error code.
STUB_SIZE equ 16
align 16
stubs:
%assign vector 0
%rep VECTORS
    align STUB_SIZE
    %if ((ERROR_CODES >> vector) & 1) == 0
    push 0
    %endif
    push vector
    jmp exception
    %assign vector vector + 1
%endrep

; Calls metal_exception(vector, error code, instruction pointer, fault address), which ends the machine.
; In: rsp -> vector, error code, rip, cs, rflags, rsp, ss.
exception:
    pop rdi
    pop rsi
    mov rdx, [rsp]
    mov rcx, cr2
    and rsp, -16
    call metal_exception

section .rodata
idt_pointer:
    dw VECTORS * 16 - 1
    dq idt

section .bss nobits
alignb 16
idt: resb VECTORS * 16
