; From the loader's 32-bit protected mode to C# in the higher half.

extern metal_main
extern metal_resume
extern boot_tables_physical
extern text_start
extern rodata_start
extern data_start
extern data_end
extern metal_stubs
extern metal_syscall_entry
extern metal_processors

global start
global boot_tables
global metal_layout

STACK_TOP         equ 0x6000            ; in a processor's area: ProcessorArea.cs
MULTIBOOT_LOADED  equ 0x2BADB002
; The registers are written as a whole, so nothing is left to the loader (Intel SDM vol. 3A, 2.5; AMD64 manual vol. 2, 3.1).
; CR0: PG, WP (read-only pages bind the kernel too), NE (an x87 error is exception 16 of who made it, and not interrupt 13 of whoever runs), MP, PE.
; Clear: EM and TS (x87 and SSE work, since entry.asm saves them always; it sets TS for a thread that is to do without), AM (nobody has alignment checks), CD and NW (caches on).
; CR4: PAE, OSFXSR (FXSAVE has the SSE registers), OSXMMEXCPT (an SSE error is exception 19). Features.cs adds PGE, and FSGSBASE, PCIDE, SMEP, SMAP, UMIP where they are.
; Clear: what gives ring 3 more than is saved (OSXSAVE, PKE) or shown (PCE). TSD is clear: ring 3 may read the time.
; EFER: LME; Features.cs adds SCE, NXE. Clear: AMD's FFXSR, by which FXSAVE leaves out the SSE registers.
CR0_LONG_MODE     equ 0x80010023
CR4_LONG_MODE     equ 0x620
MSR_EFER          equ 0xC0000080
EFER_LME          equ 1 << 8
TABLE             equ 3                 ; present, writable
LARGE_PAGE        equ 0x83              ; present, writable, 2 MiB

; Entry, as the loader leaves it (Multiboot Specification 0.6.96, section 3.2).
; In: eax = MULTIBOOT_LOADED, ebx = address of the multiboot information; protected mode, no paging, interrupts off, flat segments.
; Out: never returns. Maps the first GiB to itself, to the window and to the highest 2 GiB, enters long mode, calls metal_main(multiboot information) on the kernel's
; stack, and runs the thread whose context that returns. metal_main replaces these tables, which have neither NX nor read-only pages.
section .boot
bits 32
start:
    cld
    cmp eax, MULTIBOOT_LOADED
    jne .halt
    mov edi, boot_tables_physical       ; PML4, then one page-directory-pointer table for all three places, then one page directory
    lea eax, [edi + 0x1000 + TABLE]
    mov [edi], eax
    mov [edi + 256 * 8], eax            ; Physical.Window
    mov [edi + 511 * 8], eax
    add eax, 0x1000
    mov [edi + 0x1000], eax
    mov [edi + 0x1000 + 510 * 8], eax
    mov eax, LARGE_PAGE
    xor ecx, ecx
.large:
    mov [edi + 0x2000 + ecx * 8], eax
    add eax, 0x200000
    inc ecx
    cmp ecx, 512
    jne .large

    mov eax, CR4_LONG_MODE
    mov cr4, eax
    mov cr3, edi
    mov ecx, MSR_EFER
    mov eax, EFER_LME
    xor edx, edx
    wrmsr
    mov eax, CR0_LONG_MODE
    mov cr0, eax
    lgdt [boot_gdt_pointer]
    jmp 8:.long
.halt:
    hlt
    jmp .halt

bits 64
.long:
    mov eax, 16
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov rax, higher_half
    jmp rax

align 8
boot_gdt:
    dq 0
    dq 0x00AF9A000000FFFF               ; 64-bit code, ring 0
    dq 0x00CF92000000FFFF               ; writable data, ring 0
boot_gdt_pointer:
    dw boot_gdt_pointer - boot_gdt - 1
    dd boot_gdt

section .text
higher_half:
    mov rsp, metal_processors + STACK_TOP
    xor ebp, ebp
    mov edi, ebx
    call metal_main
    jmp metal_resume

; metal_layout() returns the address of the structure ImageLayout.
metal_layout:
    mov rax, layout
    ret

section .rodata
align 8
layout: dq text_start, rodata_start, data_start, data_end, metal_stubs, metal_syscall_entry, metal_processors

section .bss nobits
alignb 4096
boot_tables: resb 3 * 4096
