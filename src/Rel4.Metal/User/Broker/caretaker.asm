; Answers whoever comes to an endpoint whose server has ended. System V calling convention: arguments in rdi, rsi; result in rax.

bits 64

global broker_caretaker
global broker_caretaker_address
global broker_caretaker_leave_address

REPLY equ -6
REPLY_RECV equ -2
ENDED equ 0x72654C3416                  ; BrokerLabel.Ended
LABEL_SHIFT equ 12

section .text

; Needs no stack. In: rdi = endpoint. Out: never returns. It may have been stopped with a call that it had taken: that is answered first.
broker_caretaker:
    mov rbx, rdi
    mov r12, ENDED << LABEL_SHIFT
.next:
    mov rdi, rbx
    mov rsi, r12
    mov rdx, REPLY_RECV
    syscall
    jmp .next

; Answers a call that it had taken when it was stopped, and ends by a fault that nobody hears of.
broker_caretaker_leave:
    mov rsi, ENDED << LABEL_SHIFT
    mov rdx, REPLY
    syscall
    ud2

; broker_caretaker_address() gets the address of that code.
broker_caretaker_address:
    lea rax, [rel broker_caretaker]
    ret

; broker_caretaker_leave_address() gets the address of the other.
broker_caretaker_leave_address:
    lea rax, [rel broker_caretaker_leave]
    ret
