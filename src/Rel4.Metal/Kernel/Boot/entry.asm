; From ring 3 into C# and back. The only state kept here is which thread's registers are loaded (ProcessorState).
; Interrupts are off in the kernel, but for the halt in idle. What belongs to a processor lies in an area of its own (ProcessorArea.cs), which whoever runs on one of its stacks finds
; by the stack. SYSCALL, which brings no stack, leads each processor to code of its own, which knows its area by address; it takes no register for that, nor SWAPGS.
;
; Where there are several processors, whoever has the lock is in the kernel (Processors.cs). A processor takes it when it has saved the thread's registers and gives it away by the last
; instruction before the thread's next, so all that is in between is nobody else's to see. Where there is one, its paths are without a lock.

bits 64
default rel

extern metal_system_call
extern metal_trap
extern metal_kernel_trap
extern metal_outside
extern metal_change_bases
extern metal_stalled
extern metal_let_go
extern metal_idle

global metal_paths
global metal_stubs
global metal_processors
global metal_take_lock
global metal_lock

USER_DATA         equ 0x18 | 3          ; Descriptors.cs
USER_CODE         equ 0x20 | 3
VECTORS           equ 162               ; Descriptors.VectorCount
DEBUG_EXCEPTION   equ 1
ERROR_CODES       equ 0x60227D00        ; vectors for which the processor pushes an error code (Intel SDM 3A, table 6-1)

; Offsets from a thread's context: UserContext, then Tcb.FaultIP and Tcb.Flags, and FloatingPoint.Offset.
AT_RIP            equ 0
AT_RSP            equ 8
AT_RFLAGS         equ 16
AT_RAX            equ 24
AT_RCX            equ 40
AT_R11            equ 104
FS_BASE           equ 144
FAULT_IP          equ 160
FLAGS             equ 168
FLOATING_POINT    equ 1024 - 192
SYSTEM_CALLS      equ FLOATING_POINT - 32       ; ThreadEntries.Offset

; Offsets in a processor's area: ProcessorState, and the ends of its stacks.
CONTEXT_END       equ 0                 ; FS_BASE of the running thread's context, from which its registers are pushed down
RUNNING           equ 8                 ; the sum of that and the thread's flags; 0 if it has no floating-point unit
USER_RSP          equ 24
KERNEL            equ 32
RESUME            equ 56                ; its path out of the kernel
REQUEST           equ 68                ; set by another processor, for which this one lets go of its thread and address space
EXCHANGES_BASES   equ 73
REPLACES_POINTERS equ 74

CURRENT           equ 0                 ; in what the kernel knows of the processor: KernelState
STACK_TOP         equ 0x6000
PROCESSOR_SIZE    equ 0x8000
MOST_PROCESSORS   equ 8                 ; ProcessorArea.Most

%define OWN(field) metal_processors + PROCESSOR * PROCESSOR_SIZE + field

MSR_FS_BASE       equ 0xC0000100
MSR_GS_BASE       equ 0xC0000101
FPU_DISABLED      equ 1                 ; TcbFlags.FpuDisabled
CR0_TS            equ 8

%macro PUSH 1-*
    %rep %0
    push %1
    %rotate 1
    %endrep
%endmacro

%macro POP 1-*
    %rep %0
    pop %1
    %rotate 1
    %endrep
%endmacro

; What the context has between FS_BASE and rcx, downwards.
%define HIGH_REGISTERS r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx

section .text

; The paths of a processor into the kernel by SYSCALL and out of it, whose addresses go into metal_paths.
;
; The one in: rcx = address behind the instruction, r11 = flags, the rest of the registers the user's, rsp too.
; Stores all into the thread's context and calls metal_system_call(kernel), which returns the context to go on with.
;
; The one out runs a thread: rax = its context; 0 if there is none to run. Never returns.
; SYSRET puts rcx into rip and r11 into the flags, so it will do wherever they agree: after every system call that was not a fault. Elsewhere IRET does.
; The kernel's mappings must not be entered by returning there, and a non-canonical address would fault in ring 0: metal_outside() makes it a fault of the
; thread's.
%macro PATHS 0
entry_%[PATH]:
    mov [OWN(USER_RSP)], rsp
    mov rsp, [OWN(CONTEXT_END)]
    PUSH HIGH_REGISTERS
    PUSH rcx, rbx, rax, r11, qword [OWN(USER_RSP)], rcx
    sub rcx, 2                          ; SYSCALL has two bytes
    mov [rsp + FAULT_IP], rcx
    inc qword [rsp + SYSTEM_CALLS]
    clts                                ; the kernel's own code uses what the thread may have to do without
    fxsave64 [rsp + FLOATING_POINT]
    lea rsp, [OWN(STACK_TOP)]
    %if LOCKED
    lea rbx, [OWN(0)]
    call metal_take_lock
    mov rdi, [OWN(KERNEL)]
    cmp qword [rdi + CURRENT], 0
    je stalled
    %else
    mov rdi, [OWN(KERNEL)]
    %endif
    call metal_system_call

%%resume:
    test rax, rax
    jz %%idle
    mov rcx, [rax + FLAGS]
    lea rcx, [rax + rcx + FS_BASE]
    cmp rcx, [OWN(RUNNING)]
    jne %%change
%%same:
    fxrstor64 [rax + FLOATING_POINT]
%%restored:
    mov rcx, [rax + AT_RIP]
    mov r11, [rax + AT_RFLAGS]
    mov rdx, rcx
    shr rdx, 47
    jnz %%outside
    cmp rcx, [rax + AT_RCX]
    jne %%full
    cmp r11, [rax + AT_R11]
    jne %%full
    mov rsp, rax
    mov rax, [rsp + AT_RAX]
    mov rbx, [rsp + AT_RAX + 8]
    add rsp, AT_RCX + 8
    POP rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    mov rsp, [rsp - FS_BASE + AT_RSP]
    %if LOCKED
    inc dword [metal_lock.serving]      ; the flags are in r11
    %endif
    o64 sysret
%%full:
    lea rsp, [OWN(STACK_TOP)]
    PUSH USER_DATA, qword [rax + AT_RSP], r11, USER_CODE, rcx
    mov rbx, [rax + AT_RAX + 8]
    mov rcx, [rax + AT_RCX]
    mov rdx, [rax + AT_RCX + 8]
    mov rsi, [rax + AT_RCX + 16]
    mov rdi, [rax + AT_RCX + 24]
    mov rbp, [rax + AT_RCX + 32]
    mov r8, [rax + AT_RCX + 40]
    mov r9, [rax + AT_RCX + 48]
    mov r10, [rax + AT_RCX + 56]
    mov r11, [rax + AT_R11]
    mov r12, [rax + AT_R11 + 8]
    mov r13, [rax + AT_R11 + 16]
    mov r14, [rax + AT_R11 + 24]
    mov r15, [rax + AT_R11 + 32]
    mov rax, [rax + AT_RAX]
    %if LOCKED
    inc dword [metal_lock.serving]
    %endif
    iretq
%%outside:
    clts                                ; a thread that has to do without may have been about to run: no C# runs with TS set
    lea rsp, [OWN(STACK_TOP)]
    mov rdi, [OWN(KERNEL)]
    call metal_outside
    jmp %%resume

; Another thread is to run than came in (or a new one in its memory, but then it was another that made it). Nothing may be left in the processor of what a
; thread can put there and its context does not have: segment selectors, which only ring 3 of 64-bit mode sees, and, where FXSAVE and FXRSTOR leave out FOP, FIP
; and FDP unless the thread has an x87 error pending, these (AMD64 manual vol. 2, 11.4.4; CVE-2006-1056). In: rax, rcx as above. All else is free.
%%change:
    mov [OWN(RUNNING)], rcx
    mov rdx, [OWN(CONTEXT_END)]
    lea rcx, [rax + FS_BASE]
    mov [OWN(CONTEXT_END)], rcx
    cmp byte [OWN(EXCHANGES_BASES)], 0
    je %%bases
    rdfsbase rsi                        ; the memory at rdx may be no thread's any more, but nothing else's yet: that takes another system call, before which
    mov [rdx], rsi                      ; another processor would have had this one let go of it
    rdgsbase rsi
    mov [rdx + 8], rsi
    mov rsi, [rcx]
    shl rsi, 16                         ; made canonical, or it would fault here
    sar rsi, 16
    wrfsbase rsi
    mov rsi, [rcx + 8]
    shl rsi, 16
    sar rsi, 16
    wrgsbase rsi
%%own:
    cmp byte [OWN(REPLACES_POINTERS)], 0
    jne %%pointers
%%selectors:
    mov ecx, ds
    mov edx, es
    or ecx, edx
    mov edx, fs
    or ecx, edx
    mov edx, gs
    or ecx, edx
    jz %%unit
    mov rbx, rax                        ; seldom: to read selectors costs some cycles, to load them hundreds
    xor esi, esi
    mov ds, esi
    mov es, esi
    mov ecx, MSR_FS_BASE                ; of the thread to run; Intel's processors make it 0 with the selector
    rdmsr
    mov fs, esi
    wrmsr
    mov ecx, MSR_GS_BASE
    rdmsr
    mov gs, esi
    wrmsr
    mov rax, rbx
%%unit:
    test byte [rax + FLAGS], FPU_DISABLED
    jz %%same
    fxrstor64 [rax + FLOATING_POINT]    ; to be saved again unchanged
    mov rcx, cr0
    or rcx, CR0_TS
    mov cr0, rcx
    mov qword [OWN(RUNNING)], 0         ; entry takes TS away, so the next exit comes here again
    jmp %%restored
%%bases:
    mov rbx, rax
    mov rdi, rcx
    mov rsi, rdx
    call metal_change_bases
    mov rax, rbx
    jmp %%own
%%pointers:
    fnclex                              ; the next two would be the error's
    emms                                ; room for a value
    fild dword [zero]
    jmp %%selectors

; Waits for an interrupt, which comes in through from_kernel and is not returned from.
%%idle:
    lea rsp, [OWN(STACK_TOP)]
    %if LOCKED
    call metal_idle
    inc dword [metal_lock.serving]
    %endif
%%wait:
    sti
    hlt
    jmp %%wait

section .rodata
    dq entry_%[PATH], %%resume
section .text
%endmacro

section .rodata
align 8
zero: dd 0, 0
metal_paths:                            ; of the only processor, then of each of several
section .text
%assign PATH 0
%assign PROCESSOR 0
%assign LOCKED 0
PATHS
%assign LOCKED 1
%rep MOST_PROCESSORS
%assign PATH PATH + 1
PATHS
%assign PROCESSOR PROCESSOR + 1
%endrep

; metal_take_lock takes its turn in the queue for the kernel. In: rbx = the processor's area, rsp a multiple of 16 before the call. Out: rax, rcx, rdx, rsi, rdi, r8 to r11 are
; lost, as are the SSE registers. While it waits it does what whoever has the lock may ask of it.
metal_take_lock:
    mov eax, 1
    lock xadd [metal_lock.next], eax
.test:
    cmp eax, [metal_lock.serving]
    jne .wait
    ret
.wait:
    cmp dword [rbx + REQUEST], 0
    jne .answer
    pause
    jmp .test
.answer:
    push rax
    call metal_let_go
    pop rax
    jmp .test

; What a thread entered for has not begun, and does not begin, since another processor took it away while this one waited for the lock: metal_stalled(kernel).
; In: rbx = the processor's area.
stalled:
    mov rdi, [rbx + KERNEL]
    call metal_stalled
    jmp [rbx + RESUME]

; One stub a vector, all of one size: makes the stack look the same, with or without an error code.
STUB_SIZE equ 16
align 16
metal_stubs:
%assign vector 0
%rep VECTORS
    align STUB_SIZE
    %if vector > 31 || ((ERROR_CODES >> vector) & 1) == 0
    push 0
    %endif
    push vector
    jmp trap
    %assign vector vector + 1
%endrep

; Exceptions and interrupts. In: rsp -> vector, error code, rip, cs, rflags, rsp, ss, on a stack of the processor's.
; From ring 3: stores the registers as SYSCALL's path does and calls metal_trap(kernel, vector, error code, fault address).
; From ring 0 it is an interrupt that ends idle, or the end: metal_kernel_trap(kernel, vector, error code, fault address, rip). But for one: a processor may trap in
; front of SYSCALL's path when SYSCALL was a single step (Bochs' do). Nothing has happened there, and the thread traps behind its call.
trap:
    test byte [rsp + 24], 3
    jz from_kernel
    push rax
    push rcx
    mov rax, rsp                        ; -> rcx, rax, vector, error code, rip, cs, rflags, rsp, ss
    mov rcx, rsp
    and rcx, -PROCESSOR_SIZE
    mov rsp, [rcx + CONTEXT_END]
    PUSH HIGH_REGISTERS
    PUSH qword [rax], rbx, qword [rax + 8], qword [rax + 48], qword [rax + 56], qword [rax + 32]
    mov rbx, rcx
    mov rcx, [rax + 32]
    mov [rsp + FAULT_IP], rcx
    clts
    fxsave64 [rsp + FLOATING_POINT]
    mov rsp, rax
    mov r12, [rax + 16]
    mov r13, [rax + 24]
    push 2                              ; AC would open user pages to the kernel, DF turn string instructions round
    popfq
    lea rsp, [rbx + STACK_TOP]
    cmp byte [metal_lock.is_used], 0
    jne .several
.handle:
    mov rdi, [rbx + KERNEL]
    mov rsi, r12
    mov rdx, r13
    mov rcx, cr2
    call metal_trap
    jmp [rbx + RESUME]
.several:
    call metal_take_lock
    mov rdi, [rbx + KERNEL]
    cmp qword [rdi + CURRENT], 0
    jne .handle
    cmp r12, 32
    jb stalled
    mov rsi, r12                        ; an interrupt is not the thread's, and is handled
    call metal_kernel_trap
    jmp stalled

from_kernel:
    cmp qword [rsp], DEBUG_EXCEPTION
    jne .trap
%assign PATH 0
%rep MOST_PROCESSORS + 1
    cmp qword [rsp + 16], entry_%[PATH]
    je .stepped
%assign PATH PATH + 1
%endrep
.trap:
    mov rbx, rsp
    and rbx, -PROCESSOR_SIZE
    mov r12, rsp
    and rsp, -16
    cmp qword [r12], 32
    jb .handle                          ; the end
    cmp byte [metal_lock.is_used], 0
    je .handle
    call metal_take_lock
.handle:
    mov rdi, [rbx + KERNEL]
    mov rsi, [r12]
    mov rdx, [r12 + 8]
    mov rcx, cr2
    mov r8, [r12 + 16]
    call metal_kernel_trap
    jmp [rbx + RESUME]
.stepped:
    add rsp, 16
    iretq

section .data
; The lock, a queue by numbers: who comes takes the next, and has the lock when it is served. The processor that boots has it from the start.
align 64
metal_lock:
.next:    dd 1
.is_used: dd 0
align 64
.serving: dd 0

section .bss nobits
alignb PROCESSOR_SIZE
metal_processors: resb MOST_PROCESSORS * PROCESSOR_SIZE
