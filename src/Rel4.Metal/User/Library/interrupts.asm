; User interrupts in ring 3. System V calling convention: arguments in rdi, rsi; result in rax.

bits 64

global task_interrupt_handler
global task_handler_address
global task_send_interrupt
global task_mask_interrupts
global task_unmask_interrupts
global task_takes_interrupts
global task_take_arrived

section .text

; Where a user interrupt comes in. In: rsp -> the bit's number, rip, rflags, rsp. Takes note of the bit; who looks by task_take_arrived finds it.
; One thread of an address space takes interrupts here.
task_interrupt_handler:
    push rax
    mov rax, [rsp + 8]
    bts [rel arrived], rax
    pop rax
    add rsp, 8
    uiret

task_handler_address:
    lea rax, [rel task_interrupt_handler]
    ret

; task_send_interrupt(index) posts the bit that the index was registered for.
task_send_interrupt:
    senduipi rdi
    ret

task_mask_interrupts:
    clui
    ret

task_unmask_interrupts:
    stui
    ret

; task_takes_interrupts() returns 1 where interrupts are not masked.
task_takes_interrupts:
    xor eax, eax
    testui
    adc eax, eax
    ret

; task_take_arrived() returns the bits that have arrived since the last time. One instruction takes them, so that none that arrives meanwhile is lost.
task_take_arrived:
    xor eax, eax
    xchg [rel arrived], rax
    ret

section .bss nobits
alignb 8
arrived: resq 1
