; From the loader's 32-bit protected mode to C# in the higher half; and the other processors, from the real mode that they start in.

extern metal_main
extern metal_start_another
extern metal_take_lock
extern metal_stalled
extern boot_tables_physical
extern text_start
extern rodata_start
extern data_start
extern data_end
extern metal_stubs
extern metal_paths
extern metal_lock
extern metal_processors

global start
global boot_tables
global metal_layout
global metal_start_code
global metal_offer_number

STACK_TOP         equ 0x6000            ; in a processor's area: ProcessorArea.cs, ProcessorState.cs
KERNEL            equ 32
RESUME            equ 56
PROCESSOR_SIZE    equ 0x8000
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
KERNEL_BASE       equ 0xFFFFFFFF80000000
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

    lgdt [boot_gdt_pointer]
    mov esi, higher_half - KERNEL_BASE
.enter_long_mode:
    mov eax, CR4_LONG_MODE
    mov cr4, eax
    mov eax, boot_tables_physical
    mov cr3, eax
    mov ecx, MSR_EFER
    mov eax, EFER_LME
    xor edx, edx
    wrmsr
    mov eax, CR0_LONG_MODE
    mov cr0, eax
    jmp 8:.long
.halt:
    hlt
    jmp .halt

; Another processor, in protected mode by the code below.
.another:
    mov esi, another - KERNEL_BASE
    jmp .enter_long_mode

bits 64
.long:
    mov eax, 16
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov esi, esi                        ; the upper half is undefined
    mov rax, KERNEL_BASE
    add rax, rsi
    jmp rax

bits 32
protected:
    mov eax, 16
    mov ds, eax
    mov es, eax
    mov ss, eax
    jmp start.another

align 8
boot_gdt:
    dq 0
    dq 0x00AF9A000000FFFF               ; 64-bit code, ring 0
    dq 0x00CF92000000FFFF               ; writable data, ring 0
    dq 0x00CF9A000000FFFF               ; 32-bit code, ring 0
boot_gdt_pointer:
    dw boot_gdt_pointer - boot_gdt - 1
    dd boot_gdt

section .text
bits 64
higher_half:
    mov rsp, metal_processors + STACK_TOP
    xor ebp, ebp
    mov edi, ebx
    call metal_main
    jmp [metal_processors + RESUME]

; Another processor. It takes the number that is offered, and never comes back if there is none (any more): the first one has given it up.
another:
    xor edi, edi
    xchg edi, [offered]
    test edi, edi
    jz .halt
    mov ebx, edi
    imul rbx, rbx, PROCESSOR_SIZE
    add rbx, metal_processors
    lea rsp, [rbx + STACK_TOP]
    xor ebp, ebp
    call metal_start_another
    test al, al
    jz .halt
    call metal_take_lock                ; the first processor gives it away when it runs the root task
    mov rdi, [rbx + KERNEL]
    call metal_stalled
    jmp [rbx + RESUME]
.halt:
    cli
    hlt
    jmp .halt

; metal_offer_number(number) offers one to whoever starts, or takes it back with 0. Returns the one offered before, 0 if somebody took it.
metal_offer_number:
    mov eax, edi
    xchg eax, [offered]
    ret

; metal_start_code(length) returns what another processor starts with, and stores its length in bytes.
metal_start_code:
    mov dword [rdi], start_code_end - start_code
    mov rax, start_code
    ret

; metal_layout() returns the address of the structure ImageLayout.
metal_layout:
    mov rax, layout
    ret

section .rodata
align 8
layout: dq text_start, rodata_start, data_start, data_end, metal_stubs, metal_paths, metal_lock, metal_processors, boot_tables

; What another processor starts with, in real mode, at a page below 1 MiB that Processors.cs copies it to: it is the same wherever it lies, and changes nothing but registers.
bits 16
start_code:
    cli
    cld
    mov ax, cs
    mov ds, ax
    o32 lgdt [boot_gdt_pointer_copy - start_code]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp dword 24:protected              ; .boot lies where it was linked to
boot_gdt_pointer_copy:
    dw boot_gdt_pointer - boot_gdt - 1
    dd boot_gdt
start_code_end:

section .bss nobits
alignb 4096
boot_tables: resb 3 * 4096
offered:     resd 1
