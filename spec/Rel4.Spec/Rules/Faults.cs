using System.Collections.Immutable;
using Rel4.Abi;

namespace Rel4.Spec.Rules;

/// <summary>The rules of faults (manual, "Faults", "Exceptions").</summary>
public static class Faults
{
    private const ulong FlagsThatUserMayWrite = 0xCD5;
    private const ulong FlagsAlwaysSet = 0x202;

    private static readonly ImmutableArray<Register> UnknownSyscallRegisters =
    [
        Register.Rax, Register.Rbx, Register.Rcx, Register.Rdx, Register.Rsi, Register.Rdi, Register.Rbp, Register.R8, Register.R9,
        Register.R10, Register.R11, Register.R12, Register.R13, Register.R14, Register.R15, Register.Rip, Register.Rsp, Register.Rflags,
    ];

    private static readonly ImmutableArray<Register> UserExceptionRegisters = [Register.Rip, Register.Rsp, Register.Rflags];

    /// <summary>Lets a thread fault: a message goes to its handler as if the thread had called it.</summary>
    /// <remarks>Without a fit handler the thread stops.</remarks>
    public static SpecState RaiseFault(this SpecState s, ulong thread, Fault fault)
    {
        LookupResult handler = s.FindSlot(thread, s.Thread(thread).FaultHandler);
        if (handler.Failure is not null
            || s.Cap(handler.Slot) is not EndpointCap cap
            || !cap.Rights.HasFlag(CapRights.Write)
            || (cap.Rights & (CapRights.Grant | CapRights.GrantReply)) == 0)
        {
            return s.SetState(thread, new Inactive());
        }
        BlockedOnSend send = new(cap.Address, cap.Badge, cap.Rights.HasFlag(CapRights.Grant), CanGrantReply: true, IsCall: true);
        return s.Put(s.Thread(thread) with { Fault = fault }).Send(thread, send, isBlocking: true);
    }

    /// <summary>
    /// Ends a fault with a reply (manual, "Unknown Syscall", "User Exception"): its words replace registers, and its label decides whether
    /// the thread goes on.
    /// </summary>
    public static SpecState ReplyToFault(this SpecState s, ulong sender, ulong thread, Fault fault)
    {
        MessageInfo info = new(s.Thread(sender)[Register.Rsi]);
        foreach ((Register register, ulong value) in RegistersIn(fault).Zip(s.MessageOf(sender, info)))
            s = s.Put(s.Thread(thread).WithUserValue(register, value));
        s = s.Put(s.Thread(thread) with { Fault = null });
        bool goesOn = RegistersIn(fault).IsEmpty || info.Label == 0;
        return goesOn ? s.SetState(thread, new Restart()).Wake(thread) : s.SetState(thread, new Inactive());
    }

    /// <summary>
    /// Sets a register to what a user chose: flags are cut to those that a user may choose, and the instruction pointer is where the thread
    /// restarts, too.
    /// </summary>
    public static Thread WithUserValue(this Thread thread, Register register, ulong value) => register switch
    {
        Register.Rip => thread.With(Register.Rip, value) with { FaultIP = value },
        Register.Rflags => thread.With(Register.Rflags, (value & FlagsThatUserMayWrite) | FlagsAlwaysSet),
        _ => thread.With(register, value),
    };

    /// <summary>Gives the label of a fault's message.</summary>
    public static ulong LabelOf(Fault fault) => (ulong)(fault switch
    {
        CapFault => FaultType.CapFault,
        UnknownSyscall => FaultType.UnknownSyscall,
        UserException => FaultType.UserException,
        VMFault => FaultType.VMFault,
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    });

    /// <summary>Gives the words of a fault's message.</summary>
    public static ImmutableArray<ulong> FaultMessage(this SpecState s, ulong thread, Fault fault)
    {
        Thread faulted = s.Thread(thread);
        IEnumerable<ulong> registers =
            RegistersIn(fault).Select(register => register == Register.Rip ? faulted.FaultIP : faulted[register]);
        return fault switch
        {
            CapFault f => [faulted.FaultIP, f.Address, f.InReceivePhase ? 1UL : 0, .. f.Failure.Words],
            UnknownSyscall f => [.. registers, f.Number],
            UserException f => [.. registers, f.Vector, f.Code],
            VMFault f => [faulted.FaultIP, f.Address, f.IsFetch ? 1UL : 0, f.Status],
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
    }

    /// <summary>Gives the registers that a fault's message carries and its reply may change.</summary>
    private static ImmutableArray<Register> RegistersIn(Fault fault) => fault switch
    {
        UnknownSyscall => UnknownSyscallRegisters,
        UserException => UserExceptionRegisters,
        _ => [],
    };
}
