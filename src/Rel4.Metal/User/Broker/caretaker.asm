; Answers whoever comes to an endpoint whose server has ended. System V calling convention: arguments in rdi, rsi; result in rax.

bits 64

global broker_caretaker
global broker_caretaker_address

RECV equ -5
REPLY_RECV equ -2
ENDED equ 0x72654C3416                  ; BrokerLabel.Ended
LABEL_SHIFT equ 12

section .text

; Needs no stack. In: rdi = endpoint. Out: never returns.
broker_caretaker:
    mov rbx, rdi
    mov r12, ENDED << LABEL_SHIFT
    mov rdx, RECV
    syscall
.next:
    mov rdi, rbx
    mov rsi, r12
    mov rdx, REPLY_RECV
    syscall
    jmp .next

; broker_caretaker_address() gets the address of that code.
broker_caretaker_address:
    lea rax, [rel broker_caretaker]
    ret
