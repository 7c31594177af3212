; The first sector of a disk for machines that load no kernel by themselves, as Bochs. The command has laid out behind it what memory is to hold (BootDisk.cs): the loader
; copies it there, asks the firmware for the map of memory, and jumps to the kernel as a multiboot loader does (Multiboot Specification 0.6.96, section 3.2).
; The firmware leaves it at 7C00h in real mode, with the drive's number in dl.

org 0x7C00

; As QEMU's -kernel does, the information lies at 9000h and the map behind it, so that a kernel meets both at the same place.
PLAN              equ 0x9000            ; the second sector: the multiboot information, then what follows
PLAN_MAP_LENGTH   equ PLAN + 44
PLAN_ENTRY        equ PLAN + 128        ; where the kernel starts
PLAN_CHUNKS       equ PLAN + 132        ; how many chunks to copy
PLAN_TARGET       equ PLAN + 136        ; where the first goes; advances
MAP               equ PLAN + 512
BUFFER            equ 0x1000            ; a segment
SECTORS           equ 64                ; a chunk
CHUNK             equ SECTORS * 512
MULTIBOOT_LOADED  equ 0x2BADB002
MAP_MARK          equ 0x534D4150        ; "SMAP"
MAP_ENTRY         equ 20
DATA              equ 0x93              ; a segment of data, writable

bits 16
start:
    jmp 0:.here
.here:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, start
    cld
    mov [drive], dl
    call read

    mov word [packet.count], SECTORS
    mov dword [packet.buffer], BUFFER << 16
    inc dword [packet.sector]
.chunk:
    call read
    mov eax, [PLAN_TARGET]
    mov [move.target + 2], eax
    mov byte [move.target + 5], DATA
    shr eax, 24
    mov [move.target + 7], al
    mov si, move
    mov cx, CHUNK / 2
    mov ah, 0x87                        ; copy words by the descriptors in es:si
    int 0x15
    jc failed
    add dword [packet.sector], SECTORS
    add dword [PLAN_TARGET], CHUNK
    dec dword [PLAN_CHUNKS]
    jnz .chunk

    xor ebx, ebx
    mov di, MAP
.entry:
    mov dword [di], MAP_ENTRY           ; each has its size in front
    scasd
    mov eax, 0xE820
    mov edx, MAP_MARK
    mov ecx, MAP_ENTRY
    int 0x15
    jc failed
    add di, MAP_ENTRY
    test ebx, ebx
    jnz .entry
    sub di, MAP
    mov [PLAN_MAP_LENGTH], di

    mov dx, 0xCF8                       ; x87 errors are to be no interrupts, as on later boards: the bridge's byte 4Eh, bit 5 (Intel 82371SB, XBCS)
    mov eax, 0x8000084C
    out dx, eax
    mov dx, 0xCFE
    in al, dx
    and al, ~(1 << 5) & 0xFF
    out dx, al

    cli
    in al, 0x92                         ; address line 20 on, no reset
    or al, 2
    and al, 0xFE
    out 0x92, al
    lgdt [flat_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:protected

; Reads what the packet says.
read:
    mov dl, [drive]
    mov si, packet
    mov ah, 0x42
    int 0x13
    jc failed
    ret

failed:
    mov si, failure
.next:
    lodsb
    mov dx, 0x3F8                       ; the first serial port, whose speed does not matter here
    out dx, al
    cmp al, 10
    jne .next
.halt:
    hlt
    jmp .halt

bits 32
protected:
    mov eax, 16
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov ss, eax
    mov eax, MULTIBOOT_LOADED
    mov ebx, PLAN
    jmp [PLAN_ENTRY]

failure: db "boot: the firmware failed", 10
drive:   db 0

align 8
flat:                                   ; 4 GiB of code and of data; nothing else in the first
    dq 0
    dq 0x00CF9A000000FFFF
    dq 0x00CF92000000FFFF
flat_pointer:
    dw flat_pointer - flat - 1
    dd flat

align 8
move:                                   ; the source and target of 64 KiB; the firmware fills in the other four
    dq 0, 0
.source:
    dw 0xFFFF, 0
    db BUFFER >> 12, DATA, 0, 0
.target:
    dw 0xFFFF, 0
    db 0, DATA, 0, 0
    dq 0, 0

packet:                                 ; first the second sector to PLAN
    dw 16
.count:  dw 1
.buffer: dd PLAN
.sector: dq 1

    times 510 - ($ - start) db 0        ; no partitions
    dw 0xAA55
