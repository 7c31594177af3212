; What makes objects possible in a task: a heap that only grows, interface calls, and write barriers that are stores, as there is no collector.
; The runtime's helpers, by the names and with the registers that ilc expects. Elsewhere System V calling convention.

bits 64

extern metal_panic
extern __ReadyToRunHeader
extern task_resolve_interface

global RhpNewFast
global RhpNewArrayFast
global RhpNewPtrArrayFast
global RhpAssignRef
global RhpCheckedAssignRef
global RhpByRefAssignRef
global RhpInitialDynamicInterfaceDispatch
global RhpThrowEx
global RhpRethrow
global task_allocate
global task_heap_used
global task_heap_left
global task_module_header
global task_cached_dispatch

%ifndef HEAP_SIZE
%define HEAP_SIZE 0x200000
%endif

; Takes so many bytes of the heap as a register says, which then points behind them; rax is their address.
%macro TAKE 1
    mov rax, [rel heap_next]
    add %1, rax
    jc metal_panic
    cmp %1, [rel heap_limit]
    ja metal_panic
    mov [rel heap_next], %1
%endmacro

section .text

; RhpNewFast(type) makes an object. Its size counts the word in front of it, which is why the heap begins one word in. All memory is zero.
align 16
RhpNewFast:
    mov ecx, [rdi + 4]                  ; MethodTable.BaseSize
    TAKE rcx
    mov [rax], rdi
    ret

; RhpNewArrayFast(type, length) makes an array.
align 16
RhpNewArrayFast:
RhpNewPtrArrayFast:
    mov rax, rsi
    shr rax, 31
    jnz metal_panic
    movzx ecx, word [rdi]               ; MethodTable.ComponentSize
    imul rcx, rsi
    mov eax, [rdi + 4]
    lea rcx, [rcx + rax + 7]
    and rcx, -8
    TAKE rcx
    mov [rax], rdi
    mov [rax + 8], rsi
    ret

; task_allocate(bytes) takes memory of the heap; the bytes are a multiple of 8.
task_allocate:
    TAKE rdi
    ret

; task_heap_used() gets how many bytes of the heap are taken.
task_heap_used:
    mov rax, [rel heap_next]
    lea rcx, [rel heap + 8]
    sub rax, rcx
    ret

; task_heap_left() gets how many bytes of the heap are left.
task_heap_left:
    mov rax, [rel heap_limit]
    sub rax, [rel heap_next]
    ret

; RhpAssignRef(place, value) stores a reference.
align 16
RhpAssignRef:
RhpCheckedAssignRef:
    mov [rdi], rsi
    ret

; RhpByRefAssignRef copies a reference from [rsi] to [rdi] and moves both on; compiled code counts on that, and that no register but rcx changes.
align 16
RhpByRefAssignRef:
    mov rcx, [rsi]
    mov [rdi], rcx
    add rdi, 8
    add rsi, 8
    ret

; Goes on at the method that an interface call means. In: rdi = object, r11 = dispatch cell, arguments in the other registers.
; The cell's second word points to {type, method} of the last call: one more type there costs a search each time.
align 16
CachedDispatch:
    mov r10, [r11 + 8]
    mov rax, [rdi]
    cmp rax, [r10]
    jne RhpInitialDynamicInterfaceDispatch
    jmp [r10 + 8]

align 16
RhpInitialDynamicInterfaceDispatch:
    push rdi
    push rsi
    push rdx
    push rcx
    push r8
    push r9
    sub rsp, 8 + 128                    ; aligned for the call
    movups [rsp], xmm0
    movups [rsp + 16], xmm1
    movups [rsp + 32], xmm2
    movups [rsp + 48], xmm3
    movups [rsp + 64], xmm4
    movups [rsp + 80], xmm5
    movups [rsp + 96], xmm6
    movups [rsp + 112], xmm7
    mov rdi, [rdi]
    mov rsi, r11
    call task_resolve_interface
    movups xmm0, [rsp]
    movups xmm1, [rsp + 16]
    movups xmm2, [rsp + 32]
    movups xmm3, [rsp + 48]
    movups xmm4, [rsp + 64]
    movups xmm5, [rsp + 80]
    movups xmm6, [rsp + 96]
    movups xmm7, [rsp + 112]
    add rsp, 8 + 128
    pop r9
    pop r8
    pop rcx
    pop rdx
    pop rsi
    pop rdi
    jmp rax

; task_cached_dispatch() gets the address of CachedDispatch.
task_cached_dispatch:
    lea rax, [rel CachedDispatch]
    ret

; task_module_header() gets the address of the image's tables.
task_module_header:
    lea rax, [rel __ReadyToRunHeader]
    ret

; Nothing catches: what is thrown ends the task.
RhpThrowEx:
RhpRethrow:
    jmp metal_panic

section .data

align 8
heap_next: dq heap + 8
heap_limit: dq heap + HEAP_SIZE

section .heap nobits alloc noexec write align=0x200000

heap: resb HEAP_SIZE
