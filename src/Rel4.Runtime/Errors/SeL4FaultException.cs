using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Tells that the calling thread faulted in a system call, and had no handler that the fault could be sent to.</summary>
/// <remarks>The system call was not carried out, but for the reply of a ReplyRecv, which was sent.</remarks>
public sealed class SeL4FaultException : Rel4Exception
{
    private SeL4FaultException(FaultType fault, Syscall syscall, ulong capability, CapabilityFault details, string message)
        : base(fault == FaultType.CapFault ? Rel4ErrorCode.NoCapability : Rel4ErrorCode.Refused, message)
    {
        Fault = fault;
        Syscall = syscall;
        Capability = capability;
        Details = details;
        GrantedName = AsyncMachine.NameOf(capability);
    }

    /// <summary>Gets the kind of fault.</summary>
    public FaultType Fault { get; }

    /// <summary>Gets the system call.</summary>
    public Syscall Syscall { get; }

    /// <summary>Gets the capability address that the system call was made with.</summary>
    public ulong Capability { get; }

    /// <summary>
    /// Gets the address that led nowhere, in which phase, and why; all 0 unless it is a <see cref="FaultType.CapFault"/>.
    /// </summary>
    public CapabilityFault Details { get; }

    /// <summary>Reads the fault that came back in a frame.</summary>
    internal static unsafe SeL4FaultException Of(TrapFrame* frame)
    {
        var fault = (FaultType)frame->Info.Label;
        if (fault != FaultType.CapFault)
            return new(fault, frame->Number, frame->Capability, default,
                $"{frame->Number} ({(long)frame->Number}) faulted with {fault}, and this thread has no fault handler. "
                + "Give it one (Tcb.Configure, faultHandler), or don't do what faults.");

        CapabilityFault details = CapabilityFault.Read(frame->Word0, frame->Word1, frame->Word2, frame->Word3);
        return new(fault, frame->Number, frame->Capability, details, Describe(frame->Number, frame->Capability, details));
    }

    private static string Describe(Syscall syscall, ulong capability, in CapabilityFault fault)
    {
        string what = fault.Address == capability ? "it" : $"capability {fault.Address}, to be sent with the message,";
        string phase = fault.IsReceiving ? "receiving" : "sending";
        // A lookup that used up all bits found a capability, but none to receive from.
        string why = fault.IsReceiving && fault.Lookup is { Type: LookupFailureType.MissingCapability, BitsLeft: 0 }
            ? "can't be received from. Use an endpoint with the Read right, or a notification with it that belongs to no other thread"
            : $"was not found: {Explanation.Of(fault.Lookup)}";
        return $"{syscall} on {AsyncMachine.Describe("capability", capability)} faulted while {phase}: {what} {why}. "
            + "This thread has no fault handler that could supply the capability (Tcb.Configure, faultHandler).";
    }
}
