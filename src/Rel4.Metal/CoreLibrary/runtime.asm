; What the code that ilc makes refers to, in every image.

bits 64

global RhpReversePInvoke
global RhpReversePInvokeReturn
global __security_cookie

section .text

; The runtime's transition from unmanaged code, which ilc puts around the start-up code of a library. There is no runtime to tell.
RhpReversePInvoke:
RhpReversePInvokeReturn:
    ret

section .rodata

; Compiled methods with a buffer on the stack put this below it and look at it again before they return. It catches accidents, so
; a constant does: a zero byte among others, so that no string copy reproduces it.
align 8
__security_cookie: dq 0x9E3779B9007F4A15
