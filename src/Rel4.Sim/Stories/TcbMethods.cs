using Rel4.Abi;

namespace Rel4.Sim.Stories;

/// <summary>Invokes threads.</summary>
internal static class TcbMethods
{
    /// <summary>Lets <c>ReadRegisters</c> suspend the thread, or <c>CopyRegisters</c> the source.</summary>
    public const ulong Suspend = 1;

    /// <summary>Lets <c>WriteRegisters</c> resume the thread.</summary>
    public const ulong Resume = 1;

    public static InvocationResult TcbReadRegisters(this StoryThread thread, CPtr service, ulong flags, ulong count) =>
        thread.Invoke(service, InvocationLabel.TcbReadRegisters, [flags, count]);

    public static InvocationResult TcbWriteRegisters(this StoryThread thread, CPtr service, ulong flags, params ulong[] registers) =>
        thread.Invoke(service, InvocationLabel.TcbWriteRegisters, [flags, (ulong)registers.Length, .. registers]);

    public static InvocationResult TcbCopyRegisters(this StoryThread thread, CPtr service, ulong flags, CPtr source) =>
        thread.Invoke(service, InvocationLabel.TcbCopyRegisters, [flags], source);

    public static InvocationResult TcbConfigure(
        this StoryThread thread, CPtr service, CPtr faultHandler, CPtr cspace, ulong cspaceData,
        CPtr vspace, ulong vspaceData, ulong buffer, CPtr frame) =>
        thread.Invoke(service, InvocationLabel.TcbConfigure, [faultHandler.Value, cspaceData, vspaceData, buffer], cspace, vspace, frame);

    public static InvocationResult TcbSetPriority(this StoryThread thread, CPtr service, CPtr authority, ulong priority) =>
        thread.Invoke(service, InvocationLabel.TcbSetPriority, [priority], authority);

    public static InvocationResult TcbSetMCPriority(this StoryThread thread, CPtr service, CPtr authority, ulong maxControlled) =>
        thread.Invoke(service, InvocationLabel.TcbSetMCPriority, [maxControlled], authority);

    public static InvocationResult TcbSetSchedParams(
        this StoryThread thread, CPtr service, CPtr authority, ulong maxControlled, ulong priority) =>
        thread.Invoke(service, InvocationLabel.TcbSetSchedParams, [maxControlled, priority], authority);

    public static InvocationResult TcbSetIpcBuffer(this StoryThread thread, CPtr service, ulong buffer, CPtr frame) =>
        thread.Invoke(service, InvocationLabel.TcbSetIpcBuffer, [buffer], frame);

    public static InvocationResult TcbSetSpace(
        this StoryThread thread, CPtr service, CPtr faultHandler, CPtr cspace, ulong cspaceData, CPtr vspace, ulong vspaceData) =>
        thread.Invoke(service, InvocationLabel.TcbSetSpace, [faultHandler.Value, cspaceData, vspaceData], cspace, vspace);

    public static InvocationResult TcbSetFlags(this StoryThread thread, CPtr service, ulong clear, ulong set) =>
        thread.Invoke(service, InvocationLabel.TcbSetFlags, [clear, set]);

    public static InvocationResult TcbSetAffinity(this StoryThread thread, CPtr service, ulong processor) =>
        thread.Invoke(service, InvocationLabel.TcbSetAffinity, [processor]);

    public static InvocationResult TcbSuspend(this StoryThread thread, CPtr service) => thread.Invoke(service, InvocationLabel.TcbSuspend);

    public static InvocationResult TcbResume(this StoryThread thread, CPtr service) => thread.Invoke(service, InvocationLabel.TcbResume);

    public static InvocationResult TcbBindNotification(this StoryThread thread, CPtr service, CPtr notification) =>
        thread.Invoke(service, InvocationLabel.TcbBindNotification, [], notification);

    public static InvocationResult TcbUnbindNotification(this StoryThread thread, CPtr service) =>
        thread.Invoke(service, InvocationLabel.TcbUnbindNotification);
}
