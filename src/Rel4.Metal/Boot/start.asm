; From the loader's 32-bit protected mode to C#.

extern metal_main
extern exceptions_install
extern metal_panic

global start

MULTIBOOT_LOADED  equ 0x2BADB002

CR0_PE            equ 1 << 0
CR0_MP            equ 1 << 1            ; WAIT heeds TS
CR0_NE            equ 1 << 5            ; x87 errors are exceptions
CR0_WP            equ 1 << 16           ; read-only pages bind the kernel too
CR0_PG            equ 1 << 31
CR4_PAE           equ 1 << 5
CR4_OSFXSR        equ 1 << 9            ; SSE instructions allowed
CR4_OSXMMEXCPT    equ 1 << 10           ; SSE exceptions are #XM
MSR_EFER          equ 0xC0000080
EFER_LME          equ 1 << 8

PAGE_PRESENT      equ 1 << 0
PAGE_WRITABLE     equ 1 << 1
PAGE_LARGE        equ 1 << 7
LARGE_PAGE        equ 0x200000

STACK_SIZE        equ 0x8000

KERNEL_CODE       equ gdt.code - gdt
KERNEL_DATA       equ gdt.data - gdt

section .text

; Entry, as the loader leaves it (Multiboot Specification, section 3.2).
; In: eax = MULTIBOOT_LOADED, ebx = address of the multiboot information; protected mode, no paging, interrupts off, flat segments.
; Out: never returns. Calls metal_main(multiboot information) in long mode, on its own stack, the first GiB mapped to itself.
bits 32
start:
    cld
    cmp eax, MULTIBOOT_LOADED
    jne halt
    mov esp, stack_top
    call build_page_tables

    mov eax, CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT
    mov cr4, eax
    mov eax, pml4
    mov cr3, eax
    mov ecx, MSR_EFER
    mov eax, EFER_LME
    xor edx, edx
    wrmsr
    mov eax, CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_PE
    mov cr0, eax

    lgdt [gdt_pointer]
    jmp KERNEL_CODE:start64

halt:
    hlt
    jmp halt

; Maps the first GiB to itself: 4 KiB pages in the first 2 MiB, 2 MiB pages above. Two pages stay unmapped so that stray accesses
; fault: the first one, where null pointers lead, and the one below the stack.
; In: bss zeroed by the loader; the image ends below 2 MiB (image.ld asserts it). Changes: eax, ecx, edi.
build_page_tables:
    mov dword [pml4], page_directory_pointers + (PAGE_PRESENT | PAGE_WRITABLE)
    mov dword [page_directory_pointers], page_directory + (PAGE_PRESENT | PAGE_WRITABLE)
    mov dword [page_directory], page_table + (PAGE_PRESENT | PAGE_WRITABLE)

    mov eax, LARGE_PAGE | PAGE_PRESENT | PAGE_WRITABLE | PAGE_LARGE
    mov ecx, 1
.large:
    mov [page_directory + ecx * 8], eax
    add eax, LARGE_PAGE
    inc ecx
    cmp ecx, 512
    jne .large

    mov eax, 0x1000 | PAGE_PRESENT | PAGE_WRITABLE
    mov ecx, 1
.small:
    mov [page_table + ecx * 8], eax
    add eax, 0x1000
    inc ecx
    cmp ecx, 512
    jne .small

    mov edi, stack_guard
    shr edi, 12
    mov dword [page_table + edi * 8], 0
    ret

; In: long mode, ebx as at start. The stack is aligned as the System V ABI wants it at a call.
bits 64
start64:
    mov eax, KERNEL_DATA
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov ss, eax
    mov esp, stack_top
    xor ebp, ebp
    call exceptions_install
    mov edi, ebx
    call metal_main
    call metal_panic                    ; metal_main ends the machine itself

section .rodata
align 8
gdt:
    dq 0
.code:
    dq 0x00AF9A000000FFFF               ; 64-bit code, ring 0
.data:
    dq 0x00CF92000000FFFF               ; writable data, ring 0
gdt_pointer:
    dw gdt_pointer - gdt - 1
    dd gdt

section .bss nobits
alignb 4096
pml4:                    resb 4096
page_directory_pointers: resb 4096
page_directory:          resb 4096
page_table:              resb 4096
stack_guard:             resb 4096
stack:                   resb STACK_SIZE
stack_top:
