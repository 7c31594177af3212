; The multiboot-1 header (Multiboot Specification 0.6.96, section 3.1) with address fields: the loader copies the flat image
; as these say and looks at no executable format, so the 64-bit image needs no 32-bit wrapping.

bits 32

extern image_start
extern image_load_end
extern image_end
extern start

MULTIBOOT_MAGIC   equ 0x1BADB002
PAGE_ALIGN        equ 1 << 0            ; modules start on pages
MEMORY_INFO       equ 1 << 1            ; tell how much memory there is
ADDRESS_FIELDS    equ 1 << 16           ; the five addresses below hold
MULTIBOOT_FLAGS   equ PAGE_ALIGN | MEMORY_INFO | ADDRESS_FIELDS

section .multiboot align=4
multiboot_header:
    dd MULTIBOOT_MAGIC
    dd MULTIBOOT_FLAGS
    dd -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
    dd multiboot_header                 ; where this header lies in memory
    dd image_start                      ; where the file's contents go
    dd image_load_end                   ; where they end
    dd image_end                        ; up to where the loader zeroes
    dd start                            ; where it jumps
