using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Runtime;

namespace Rel4.Testing;

/// <summary>Carries a system call between its frame and the registers that the kernel core reads, as the instruction does on a machine.</summary>
internal static unsafe class CallRegisters
{
    /// <summary>Puts a call into a thread's registers.</summary>
    public static void Load(Tcb* thread, TrapFrame* frame)
    {
        ref UserContext registers = ref thread->Context;
        registers.Rdx = (ulong)frame->Number;
        registers.Rdi = frame->Capability;
        registers.Rsi = frame->Info.Raw;
        registers.R10 = frame->Word0;
        registers.R8 = frame->Word1;
        registers.R9 = frame->Word2;
        registers.R15 = frame->Word3;
    }

    /// <summary>Takes what the call returned from a thread's registers.</summary>
    public static void Store(Tcb* thread, TrapFrame* frame)
    {
        ref UserContext registers = ref thread->Context;
        frame->Badge = registers.Rdi;
        frame->Info = new MessageInfo(registers.Rsi);
        frame->Word0 = registers.R10;
        frame->Word1 = registers.R8;
        frame->Word2 = registers.R9;
        frame->Word3 = registers.R15;
    }
}
