; Instructions that C# has no words for. System V calling convention: arguments in rdi, rsi, rdx; result in rax.

bits 64

global metal_read_msr, metal_write_msr, metal_read_cr4, metal_write_cr4, metal_read_cr3, metal_write_cr3, metal_invalidate_page
global metal_cpuid, metal_load_descriptors, metal_read_tsc, metal_clear
global metal_write_xcr0, metal_save_interrupts, metal_load_interrupts, metal_mask_user_interrupts, metal_exchange, metal_or
global metal_out8, metal_out16, metal_out32, metal_in8, metal_in16, metal_in32
global metal_exit, metal_panic, RhpFallbackFailFast

ISA_DEBUG_EXIT    equ 0xF4              ; QEMU: -device isa-debug-exit,iobase=0xf4,iosize=4
BOCHS_SHUTDOWN    equ 0x8900            ; Bochs: ends at the letters of "Shutdown"
LINE_STATUS       equ 0x3FD             ; of the first serial port
TRANSMITTER_EMPTY equ 1 << 6            ; the last character has left it
USER_INTERRUPTS   equ 1 << 14           ; the component that XSAVES and XRSTORS are asked for (Intel SDM vol. 1, 13.1)
STATUS_PANIC      equ 0x12              ; Status.Panic in C#

section .text

; metal_read_msr(register); #GP if there is no such register.
metal_read_msr:
    mov ecx, edi
    rdmsr
    shl rdx, 32
    or rax, rdx
    ret

; metal_write_msr(register, value); #GP if there is no such register or it does not take the value.
metal_write_msr:
    mov ecx, edi
    mov eax, esi
    mov rdx, rsi
    shr rdx, 32
    wrmsr
    ret

metal_read_cr4:
    mov rax, cr4
    ret

metal_write_cr4:
    mov cr4, rdi
    ret

metal_read_cr3:
    mov rax, cr3
    ret

; metal_write_cr3(value) changes the address space and forgets all translations but global ones.
metal_write_cr3:
    mov cr3, rdi
    ret

metal_invalidate_page:
    invlpg [rdi]
    ret

; metal_cpuid(leaf, subleaf, result) stores eax, ebx, ecx, edx.
metal_cpuid:
    push rbx
    mov r8, rdx
    mov eax, edi
    mov ecx, esi
    cpuid
    mov [r8], eax
    mov [r8 + 4], ebx
    mov [r8 + 8], ecx
    mov [r8 + 12], edx
    pop rbx
    ret

; metal_load_descriptors(GDT pointer, IDT pointer, code selector << 32 | data selector << 16 | task selector).
metal_load_descriptors:
    lgdt [rdi]
    lidt [rsi]
    ltr dx
    shr rdx, 16
    xor eax, eax
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov ss, dx
    shr rdx, 16
    pop rax
    push rdx
    push rax
    o64 retf

metal_write_xcr0:
    xor ecx, ecx
    mov eax, edi
    xor edx, edx
    xsetbv
    ret

; metal_save_interrupts(area), metal_load_interrupts(area): component 14 of the extended state.
metal_save_interrupts:
    mov eax, USER_INTERRUPTS
    xor edx, edx
    xsaves64 [rdi]
    ret

metal_load_interrupts:
    mov eax, USER_INTERRUPTS
    xor edx, edx
    xrstors64 [rdi]
    ret

metal_mask_user_interrupts:
    clui
    ret

; metal_exchange(word, value) returns what the word was.
metal_exchange:
    mov rax, rsi
    xchg [rdi], rax
    ret

; metal_or(word, bits)
metal_or:
    lock or [rdi], rsi
    ret

metal_read_tsc:
    rdtsc
    shl rdx, 32
    or rax, rdx
    ret

; metal_clear(start, length in bytes, a multiple of 8) fills with zeros.
metal_clear:
    mov rcx, rsi
    shr rcx, 3
    xor eax, eax
    rep stosq
    ret

metal_out8:
    mov edx, edi
    mov eax, esi
    out dx, al
    ret

metal_out16:
    mov edx, edi
    mov eax, esi
    out dx, ax
    ret

metal_out32:
    mov edx, edi
    mov eax, esi
    out dx, eax
    ret

metal_in8:
    mov edx, edi
    xor eax, eax
    in al, dx
    ret

metal_in16:
    mov edx, edi
    xor eax, eax
    in ax, dx
    ret

metal_in32:
    mov edx, edi
    in eax, dx
    ret

; metal_panic() ends the machine for a bound overstepped or a stack overrun: there is no way to go on.
; ilc calls it RhpFallbackFailFast where it finds its stack cookie damaged.
metal_panic:
RhpFallbackFailFast:
    mov edi, STATUS_PANIC

; metal_exit(status) ends the machine, once all is printed. QEMU's own exit status is then status * 2 + 1; Bochs logs the status. Elsewhere the machine halts.
metal_exit:
    mov edx, LINE_STATUS
.printing:
    in al, dx
    test al, TRANSMITTER_EMPTY
    jz .printing
    mov eax, edi
    mov edx, ISA_DEBUG_EXIT
    out dx, eax
    mov edx, BOCHS_SHUTDOWN
    lea rsi, [rel shutdown]
    mov ecx, shutdown.end - shutdown
    cld
    rep outsb
.halt:
    cli
    hlt
    jmp .halt

section .rodata
shutdown: db "Shutdown"
.end:
