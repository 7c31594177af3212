using Rel4.Abi;

namespace Rel4.Kernel;

/// <summary>Writes the message that tells a handler of a fault, and reads the answer (manual section "Faults").</summary>
internal static unsafe class FaultMessage
{
    private const int UnknownSyscallRegisters = 18;
    private const int UserExceptionRegisters = 3;

    /// <summary>Writes the words of a thread's fault into a receiver's message.</summary>
    /// <returns>How many there are.</returns>
    public static uint Write(Tcb* faulted, Tcb* receiver, IpcBuffer* buffer)
    {
        var writer = new MessageWriter(receiver, buffer);
        ref readonly Fault fault = ref faulted->Fault;
        switch (fault.Type)
        {
            case FaultType.CapFault:
                writer.Add(faulted->FaultIP);
                writer.Add(fault.Word0);
                writer.Add(fault.Word1);
                writer.Add(fault.Lookup);
                break;
            case FaultType.UnknownSyscall:
                for (int i = 0; i < UnknownSyscallRegisters; i++)
                    writer.Add(*UnknownSyscallRegister(faulted, i));
                writer.Add(fault.Word0);
                break;
            case FaultType.UserException:
                for (int i = 0; i < UserExceptionRegisters; i++)
                    writer.Add(*UserExceptionRegister(faulted, i));
                writer.Add(fault.Word0);
                writer.Add(fault.Word1);
                break;
            case FaultType.VMFault:
                writer.Add(faulted->FaultIP);
                writer.Add(fault.Word0);
                writer.Add(fault.Word1);
                writer.Add(fault.Word2);
                break;
        }

        return writer.Length;
    }

    /// <summary>Takes over the registers that the answer to a fault sets.</summary>
    /// <returns>Whether the thread shall run again.</returns>
    public static bool ReadAnswer(Tcb* faulted, FaultType fault, Tcb* sender)
    {
        if (fault is FaultType.CapFault or FaultType.VMFault)
            return true;
        var info = new MessageInfo(sender->Context.Rsi);
        IpcBuffer* buffer = Message.Buffer(sender, CapRights.Read);
        uint known = (uint)(fault == FaultType.UnknownSyscall ? UnknownSyscallRegisters : UserExceptionRegisters);
        uint length = Message.Delivered(buffer, info.Length);
        for (int i = 0; i < (int)Math.Min(known, length); i++)
        {
            ulong value = i < Limits.MessageRegisters ? Message.GetRegister(sender, i) : buffer->Message[i];
            Registers.Set(faulted, fault == FaultType.UnknownSyscall ? UnknownSyscallRegister(faulted, i) : UserExceptionRegister(faulted, i), value);
        }

        return info.Label == 0;
    }

    /// <summary>Finds a register by its place in the message (<c>seL4_UnknownSyscall_Msg</c> in libsel4's x86_64 <c>constants.h</c>).</summary>
    private static ulong* UnknownSyscallRegister(Tcb* thread, int index) => index switch
    {
        0 => &thread->Context.Rax,
        1 => &thread->Context.Rbx,
        2 => &thread->Context.Rcx,
        3 => &thread->Context.Rdx,
        4 => &thread->Context.Rsi,
        5 => &thread->Context.Rdi,
        6 => &thread->Context.Rbp,
        7 => &thread->Context.R8,
        8 => &thread->Context.R9,
        9 => &thread->Context.R10,
        10 => &thread->Context.R11,
        11 => &thread->Context.R12,
        12 => &thread->Context.R13,
        13 => &thread->Context.R14,
        14 => &thread->Context.R15,
        15 => &thread->FaultIP,
        16 => &thread->Context.Rsp,
        _ => &thread->Context.Rflags,
    };

    /// <summary>Finds a register by its place in the message (<c>seL4_UserException_Msg</c>).</summary>
    private static ulong* UserExceptionRegister(Tcb* thread, int index) => index switch
    {
        0 => &thread->FaultIP,
        1 => &thread->Context.Rsp,
        _ => &thread->Context.Rflags,
    };
}
