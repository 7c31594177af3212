using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Says in words what a method of a kernel object needs, for messages about what it lacked.</summary>
/// <param name="Name">Its name in <see cref="SeL4"/>.</param>
/// <param name="Service">What it is a method of.</param>
internal sealed record MethodDescription(string Name, string Service)
{
    private const string ReceiverIllegal = "the notification or the thread has a receiver already, or another thread is bound to it or waits for it";
    private const string ReceiverLegalIf = "Unregister first, or let the other thread go";

    /// <summary>Gets why the operation may be illegal, beside being invoked on another object.</summary>
    public string? Illegal { get; init; }

    /// <summary>Gets what to do then.</summary>
    public string? LegalIf { get; init; }

    /// <summary>Gets what the capability invoked must be; <see cref="Service"/> if that says it all.</summary>
    public string? Needs { get; init; }

    /// <summary>Gets what the second capability must be (number 1; the one invoked is 0).</summary>
    public string? Argument { get; init; }

    /// <summary>Gets which value has a range.</summary>
    public string? Ranged { get; init; }

    /// <summary>Finds the description of a method.</summary>
    public static MethodDescription Of(InvocationLabel method) => method switch
    {
        InvocationLabel.UntypedRetype => new("Untyped_Retype", "untyped memory"),
        InvocationLabel.TcbReadRegisters => Thread("ReadRegisters") with
        {
            Illegal = "it is the calling thread",
            LegalIf = "Read the registers of another thread",
            Ranged = "the number of registers",
        },
        InvocationLabel.TcbWriteRegisters => Thread("WriteRegisters") with
        {
            Illegal = "it is the calling thread",
            LegalIf = "Write the registers of another thread",
        },
        InvocationLabel.TcbCopyRegisters => Thread("CopyRegisters") with { Argument = "the source must be a thread" },
        InvocationLabel.TcbConfigure => Thread("Configure") with
        {
            Illegal = "the CSpace root is no CNode, its guard is too long, the VSpace root is no address space or has no ASID, "
                + "or the buffer's frame is no frame or a device's",
            LegalIf = "Pass a CNode, an address space and a frame of ordinary memory",
        },
        InvocationLabel.TcbSetPriority => Priority("SetPriority"),
        InvocationLabel.TcbSetMCPriority => Priority("SetMCPriority"),
        InvocationLabel.TcbSetSchedParams => Priority("SetSchedParams"),
        InvocationLabel.TcbSetIpcBuffer => Thread("SetIPCBuffer") with
        {
            Illegal = "the buffer's frame is no frame or a device's",
            LegalIf = "Pass a frame of ordinary memory",
        },
        InvocationLabel.TcbSetSpace => Thread("SetSpace") with
        {
            Illegal = "the CSpace root is no CNode, its guard is too long, or the VSpace root is no address space or has no ASID",
            LegalIf = "Pass a CNode and an address space",
        },
        InvocationLabel.TcbSuspend => Thread("Suspend"),
        InvocationLabel.TcbResume => Thread("Resume"),
        InvocationLabel.TcbBindNotification => Thread("BindNotification") with
        {
            Illegal = "the thread or the notification is bound already, or the latter is no notification, lacks the Read right, "
                + "has waiting threads, or has another thread as receiver",
            LegalIf = "Unbind first, or pass a notification with the Read right that nobody else waits for",
        },
        InvocationLabel.TcbUnbindNotification => Thread("UnbindNotification") with
        {
            Illegal = "no notification is bound to the thread",
            LegalIf = "Bind one first",
        },
        InvocationLabel.CNodeRevoke => CNode("Revoke"),
        InvocationLabel.CNodeDelete => CNode("Delete"),
        InvocationLabel.CNodeCancelBadgedSends => CNode("CancelBadgedSends") with
        {
            Illegal = "the slot holds no endpoint with all four rights",
            LegalIf = "Name a slot with a full capability to the endpoint",
        },
        InvocationLabel.CNodeCopy => CNode("Copy") with
        {
            Illegal = "the source is a reply capability, or an address space without an ASID, which can't be copied",
            LegalIf = "Move it",
        },
        InvocationLabel.CNodeMint => CNode("Mint") with
        {
            Illegal = "the source has a badge already, the guard is too long, or it is a reply capability",
            LegalIf = "Mint from the unbadged original, with a guard that leaves room for the CNode's own bits",
        },
        InvocationLabel.CNodeMove => CNode("Move"),
        InvocationLabel.CNodeMutate => CNode("Mutate") with
        {
            Illegal = "the source is an endpoint or notification, or the guard is too long",
            LegalIf = "Use Move for endpoints and notifications, whose badge never changes",
        },
        InvocationLabel.CNodeRotate => CNode("Rotate") with
        {
            Illegal = "the pivot is the source or the destination, an endpoint or notification is among them, or a guard is too long",
            LegalIf = "Name different slots; use Move for endpoints and notifications",
        },
        InvocationLabel.CNodeSaveCaller => CNode("SaveCaller"),
        InvocationLabel.X86PageMap => Frame("Map") with { Argument = "the address space must be one, and assigned to an ASID pool" },
        InvocationLabel.X86PageUnmap => Frame("Unmap"),
        InvocationLabel.X86PageGetAddress => Frame("GetAddress"),
        InvocationLabel.NotificationRegisterReceiver => Notification("RegisterReceiver") with
        {
            Needs = "a notification with the Read right",
            Argument = "the receiver must be a thread",
            Illegal = ReceiverIllegal,
            LegalIf = ReceiverLegalIf,
        },
        InvocationLabel.TcbRegisterReceiver => Thread("RegisterReceiver") with
        {
            Argument = "it must be a notification with the Read right",
            Illegal = ReceiverIllegal,
            LegalIf = ReceiverLegalIf,
        },
        InvocationLabel.NotificationUnregisterReceiver => Notification("UnregisterReceiver") with
        {
            Needs = "a notification with the Read right",
            Illegal = "the notification has no receiver",
            LegalIf = "Register one first",
        },
        InvocationLabel.NotificationRegisterSender => Notification("RegisterSender") with
        {
            Needs = "a notification with the Write right and a badge of exactly one bit, which is the vector",
            Illegal = "the notification has no receiver",
            LegalIf = "Let the waiting side register one, or signal through the kernel (SeL4.Signal)",
        },
        InvocationLabel.NotificationUnregisterSender => Notification("UnregisterSender") with
        {
            Needs = "a notification with the Write right",
            Illegal = "the calling thread has no sender made with this capability",
            LegalIf = "Unregister on the thread, and with the capability, that registered",
        },
        _ => new(method.ToString(), "an object with this method"),
    };

    private static MethodDescription CNode(string name) => new($"CNode_{name}", "a CNode") { Ranged = "the depth" };

    private static MethodDescription Thread(string name) => new($"TCB_{name}", "a thread");

    private static MethodDescription Priority(string name) => Thread(name) with
    {
        Argument = "the authority must be a thread",
        Ranged = "the priority, by the authority's maximum controlled priority,",
    };

    private static MethodDescription Notification(string name) => new($"Notification_{name}", "a notification");

    private static MethodDescription Frame(string name) => new($"X86_Page_{name}", "a frame")
    {
        Illegal = "this machine has no such method",
        LegalIf = "Leave mapping to the machine",
    };
}
