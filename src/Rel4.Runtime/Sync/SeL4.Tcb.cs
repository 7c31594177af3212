using Rel4.Abi;

namespace Rel4.Runtime;

/// <content>Holds the methods of threads.</content>
/// <remarks>Source: object-api.xml, manual chapter "Threads and Execution". <c>archFlags</c> is not used on x86-64: 0.</remarks>
public static unsafe partial class SeL4
{
    /// <summary>Reads a thread's registers.</summary>
    /// <param name="service">The thread; not the calling one.</param>
    /// <param name="suspendSource">Whether to stop it as well.</param>
    /// <param name="count">How many registers, 1 to 20, in the order of <see cref="UserContext"/>.</param>
    /// <param name="regs">Receives them.</param>
    /// <returns>
    /// <see cref="SeL4Error.RangeError"/>: <paramref name="count"/> is not within the range returned.
    /// <see cref="SeL4Error.IllegalOperation"/>: it is the calling thread.
    /// </returns>
    /// <remarks>Never blocks. <paramref name="regs"/> must have room for 20 words. Source: <c>seL4_TCB_ReadRegisters</c>.</remarks>
    public static SeL4Error TCB_ReadRegisters(ulong service, bool suspendSource, byte archFlags, ulong count, UserContext* regs)
    {
        var info = new MessageInfo((ulong)InvocationLabel.TcbReadRegisters, 0, 0, 2);
        TrapFrame frame = Begin(Syscall.Call, service, info, Flag(suspendSource, 0) | Shift(archFlags), count, 0, 0);
        UserMachine.Trap(&frame);
        Store(&frame);
        var error = (SeL4Error)frame.Info.Label;
        if (error != SeL4Error.NoError)
            return error;
        for (int i = 0; i < (int)frame.Info.Length && i < UserContext.Count; i++)
            (&regs->Rip)[i] = GetMR(i);
        return error;
    }

    /// <summary>Tells how often a thread has entered the kernel since it was made, by cause.</summary>
    /// <param name="service">The thread; it may be the calling one.</param>
    /// <param name="entries">Takes the counts.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: the machine counts nothing (only Metal does).</returns>
    /// <remarks>Never blocks. reL4's own.</remarks>
    public static SeL4Error TCB_ReadEntries(ulong service, out EntryCounts entries)
    {
        TrapFrame frame = Begin(Syscall.Call, service, new MessageInfo((ulong)InvocationLabel.TcbReadEntries, 0, 0, 0), 0, 0, 0, 0);
        UserMachine.Trap(&frame);
        Store(&frame);
        entries = default;
        var error = (SeL4Error)frame.Info.Label;
        if (error == SeL4Error.NoError)
            entries = new EntryCounts { SystemCalls = GetMR(0), Exceptions = GetMR(1), Ticks = GetMR(2), Interrupts = GetMR(3) };
        return error;
    }

    /// <summary>Gives a thread the frame of its batches (<see cref="BatchFrame"/>), or takes it away.</summary>
    /// <param name="service">The thread; it may be the calling one.</param>
    /// <param name="frame">The frame, whose first 4 KiB are meant; 0 takes it away.</param>
    /// <param name="bell">The index by which the thread posts, by SENDUIPI, that there are calls in it.</param>
    /// <returns>
    /// <see cref="SeL4Error.IllegalOperation"/>: it is no frame, one that can't be written, or of a device's memory; or the machine has no batches (only Metal does).
    /// </returns>
    /// <remarks>Never blocks. Calls that are written there already are not performed: the counts begin as they are. reL4's own.</remarks>
    public static SeL4Error TCB_SetBatch(ulong service, ulong frame, out ulong bell)
    {
        SetCap(0, frame);
        return Invoke(service, InvocationLabel.TcbSetBatch, 0, frame == 0 ? 0u : 1, 0, 0, 0, 0, out bell);
    }

    /// <summary>Has the kernel perform the calls in the calling thread's batch.</summary>
    /// <returns>
    /// <see cref="SeL4Error.IllegalOperation"/>: it has none. <see cref="SeL4Error.RangeError"/>: the counter of calls is too far ahead, so none was performed. What came of each stands in the frame.
    /// </returns>
    /// <remarks>Never blocks. Waiting for a message or signal does the same. reL4's own.</remarks>
    public static SeL4Error TCB_PerformBatch()
    {
        TrapFrame frame = Begin(Syscall.PerformBatch, 0, default, 0, 0, 0, 0);
        UserMachine.Trap(&frame);
        return (SeL4Error)frame.Info.Label;
    }

    /// <summary>Writes a thread's registers.</summary>
    /// <param name="service">The thread; not the calling one.</param>
    /// <param name="resumeTarget">Whether to let it run as well.</param>
    /// <param name="count">How many registers, up to 20, in the order of <see cref="UserContext"/>.</param>
    /// <param name="regs">Holds them.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: it is the calling thread.</returns>
    /// <remarks>
    /// Never blocks. Flags that user code may not set are left out. <paramref name="regs"/> must hold as many words as are written. Source:
    /// <c>seL4_TCB_WriteRegisters</c>.
    /// </remarks>
    public static SeL4Error TCB_WriteRegisters(ulong service, bool resumeTarget, byte archFlags, ulong count, UserContext* regs)
    {
        // A count beyond the registers there are is cut; the kernel would not read those words either.
        uint words = count < UserContext.Count ? (uint)count : UserContext.Count;
        ulong* register = &regs->Rip;
        for (uint i = 2; i < words; i++)
            SetMR((int)i + 2, register[i]);
        return Invoke(
            service, InvocationLabel.TcbWriteRegisters, words + 2, 0, Flag(resumeTarget, 0) | Shift(archFlags), words,
            words > 0 ? register[0] : 0, words > 1 ? register[1] : 0);
    }

    /// <summary>Copies registers from one thread to another.</summary>
    /// <param name="service">The thread to write.</param>
    /// <param name="source">The thread to read.</param>
    /// <param name="suspendSource">Whether to stop the source first.</param>
    /// <param name="resumeTarget">Whether to let the target run.</param>
    /// <param name="transferFrame">Whether to copy <c>rip</c> to <c>r15</c>.</param>
    /// <param name="transferInteger">Whether to copy the bases of FS and GS.</param>
    /// <returns><see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="source"/> is no thread.</returns>
    /// <remarks>Never blocks, unless the calling thread suspends itself. Source: <c>seL4_TCB_CopyRegisters</c>.</remarks>
    public static SeL4Error TCB_CopyRegisters(
        ulong service, ulong source, bool suspendSource, bool resumeTarget, bool transferFrame, bool transferInteger, byte archFlags)
    {
        SetCap(0, source);
        ulong flags = Flag(suspendSource, 0) | Flag(resumeTarget, 1) | Flag(transferFrame, 2) | Flag(transferInteger, 3) | Shift(archFlags);
        return Invoke(service, InvocationLabel.TcbCopyRegisters, 1, 1, flags);
    }

    /// <summary>Sets a thread's spaces, fault handler and IPC buffer.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="faultEp">Address of the fault handler's endpoint in the thread's CSpace; it is looked up at each fault.</param>
    /// <param name="cspaceRoot">CNode at the root of its CSpace.</param>
    /// <param name="cspaceRootData"><see cref="CNodeCapData"/> for that root; 0 leaves its guard.</param>
    /// <param name="vspaceRoot">Its address space.</param>
    /// <param name="vspaceRootData">Not used on x86-64.</param>
    /// <param name="buffer">Address of its IPC buffer, aligned to 1,024 bytes; 0 for none.</param>
    /// <param name="bufferFrame">The frame that the buffer lies in.</param>
    /// <returns>
    /// <see cref="SeL4Error.IllegalOperation"/>: the root is no CNode, its guard is too long, <paramref name="vspaceRoot"/> is no address
    /// space or has no ASID, or <paramref name="bufferFrame"/> is no frame or a device's. <see cref="SeL4Error.AlignmentError"/>:
    /// <paramref name="buffer"/> is not aligned. <see cref="SeL4Error.RevokeFirst"/>: a root is untyped memory with objects in it.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_TCB_Configure</c>.</remarks>
    public static SeL4Error TCB_Configure(
        ulong service,
        ulong faultEp,
        ulong cspaceRoot,
        ulong cspaceRootData,
        ulong vspaceRoot,
        ulong vspaceRootData,
        ulong buffer,
        ulong bufferFrame)
    {
        SetCap(0, cspaceRoot);
        SetCap(1, vspaceRoot);
        SetCap(2, bufferFrame);
        return Invoke(service, InvocationLabel.TcbConfigure, 4, 3, faultEp, cspaceRootData, vspaceRootData, buffer);
    }

    /// <summary>Sets a thread's priority.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="authority">A thread whose maximum controlled priority allows it.</param>
    /// <param name="priority">0 to 255, the highest.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="authority"/> is no thread. <see cref="SeL4Error.RangeError"/>: it
    /// allows less, up to what is returned.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_TCB_SetPriority</c>, manual section "Scheduling".</remarks>
    public static SeL4Error TCB_SetPriority(ulong service, ulong authority, ulong priority)
    {
        SetCap(0, authority);
        return Invoke(service, InvocationLabel.TcbSetPriority, 1, 1, priority);
    }

    /// <summary>Sets a thread's maximum controlled priority.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="authority">A thread whose maximum controlled priority allows it.</param>
    /// <param name="mcp">The highest priority that the thread can give, 0 to 255.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="authority"/> is no thread. <see cref="SeL4Error.RangeError"/>: it
    /// allows less, up to what is returned.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_TCB_SetMCPriority</c>, manual section "Scheduling".</remarks>
    public static SeL4Error TCB_SetMCPriority(ulong service, ulong authority, ulong mcp)
    {
        SetCap(0, authority);
        return Invoke(service, InvocationLabel.TcbSetMCPriority, 1, 1, mcp);
    }

    /// <summary>Sets both priorities of a thread.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="authority">A thread whose maximum controlled priority allows both.</param>
    /// <param name="mcp">Maximum controlled priority, 0 to 255.</param>
    /// <param name="priority">0 to 255, the highest.</param>
    /// <returns>
    /// <see cref="SeL4Error.InvalidCapability"/> 1: <paramref name="authority"/> is no thread. <see cref="SeL4Error.RangeError"/>: it
    /// allows less, up to what is returned.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_TCB_SetSchedParams</c>, manual section "Scheduling".</remarks>
    public static SeL4Error TCB_SetSchedParams(ulong service, ulong authority, ulong mcp, ulong priority)
    {
        SetCap(0, authority);
        return Invoke(service, InvocationLabel.TcbSetSchedParams, 2, 1, mcp, priority);
    }

    /// <summary>Sets a thread's IPC buffer.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="buffer">Address of the buffer, aligned to 1,024 bytes; 0 for none.</param>
    /// <param name="bufferFrame">The frame that the buffer lies in.</param>
    /// <returns>
    /// <see cref="SeL4Error.IllegalOperation"/>: <paramref name="bufferFrame"/> is no frame or a device's.
    /// <see cref="SeL4Error.AlignmentError"/>: <paramref name="buffer"/> is not aligned.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_TCB_SetIPCBuffer</c>.</remarks>
    public static SeL4Error TCB_SetIPCBuffer(ulong service, ulong buffer, ulong bufferFrame)
    {
        SetCap(0, bufferFrame);
        return Invoke(service, InvocationLabel.TcbSetIpcBuffer, 1, 1, buffer);
    }

    /// <summary>Sets a thread's spaces and fault handler.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="faultEp">Address of the fault handler's endpoint in the thread's CSpace; it is looked up at each fault.</param>
    /// <param name="cspaceRoot">CNode at the root of its CSpace.</param>
    /// <param name="cspaceRootData"><see cref="CNodeCapData"/> for that root; 0 leaves its guard.</param>
    /// <param name="vspaceRoot">Its address space.</param>
    /// <param name="vspaceRootData">Not used on x86-64.</param>
    /// <returns>
    /// <see cref="SeL4Error.IllegalOperation"/>: the root is no CNode, its guard is too long, or <paramref name="vspaceRoot"/> is no
    /// address space or has no ASID. <see cref="SeL4Error.RevokeFirst"/>: a root is untyped memory with objects in it.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_TCB_SetSpace</c>.</remarks>
    public static SeL4Error TCB_SetSpace(
        ulong service, ulong faultEp, ulong cspaceRoot, ulong cspaceRootData, ulong vspaceRoot, ulong vspaceRootData)
    {
        SetCap(0, cspaceRoot);
        SetCap(1, vspaceRoot);
        return Invoke(service, InvocationLabel.TcbSetSpace, 3, 2, faultEp, cspaceRootData, vspaceRootData);
    }

    /// <summary>Stops a thread, whatever it does or waits for.</summary>
    /// <param name="service">The thread.</param>
    /// <returns>No errors of its own.</returns>
    /// <remarks>
    /// A thread that suspends itself goes on behind this call when it is resumed. Source: <c>seL4_TCB_Suspend</c>, manual section "Thread
    /// Deactivation".
    /// </remarks>
    public static SeL4Error TCB_Suspend(ulong service) => Invoke(service, InvocationLabel.TcbSuspend, 0);

    /// <summary>Lets a thread run that was stopped or waits; a wait is begun anew.</summary>
    /// <param name="service">The thread.</param>
    /// <returns>No errors of its own.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_TCB_Resume</c>, manual section "Thread Deactivation".</remarks>
    public static SeL4Error TCB_Resume(ulong service) => Invoke(service, InvocationLabel.TcbResume, 0);

    /// <summary>Binds a notification to a thread: its signals are delivered also while the thread receives on an endpoint.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="notification">The notification, with the Read right.</param>
    /// <returns>
    /// <see cref="SeL4Error.IllegalOperation"/>: one of the two is bound already, <paramref name="notification"/> is no notification, lacks
    /// the Read right, has waiting threads, or has a receiver that belongs to another thread.
    /// </returns>
    /// <remarks>Never blocks. Source: <c>seL4_TCB_BindNotification</c>, manual section "Notification Binding".</remarks>
    public static SeL4Error TCB_BindNotification(ulong service, ulong notification)
    {
        SetCap(0, notification);
        return Invoke(service, InvocationLabel.TcbBindNotification, 0, 1);
    }

    /// <summary>Ends a thread's binding to a notification.</summary>
    /// <param name="service">The thread.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: none is bound.</returns>
    /// <remarks>Never blocks. Source: <c>seL4_TCB_UnbindNotification</c>, manual section "Notification Binding".</remarks>
    public static SeL4Error TCB_UnbindNotification(ulong service) => Invoke(service, InvocationLabel.TcbUnbindNotification, 0);

    private static ulong Flag(bool value, int bit) => value ? 1UL << bit : 0;

    /// <summary>Puts the architecture's flags where libsel4's stubs do.</summary>
    private static ulong Shift(byte archFlags) => (ulong)archFlags << 8;

    /// <summary>Sets a thread's base of segment FS, which its thread-local storage is found by.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="tlsBase">The base, of whose bits the upper 16 count for nothing.</param>
    /// <returns>Nothing of its own.</returns>
    /// <remarks>Metal only. Never blocks. Source: <c>seL4_TCB_SetTLSBase</c>.</remarks>
    public static SeL4Error TCB_SetTLSBase(ulong service, ulong tlsBase) => Invoke(service, InvocationLabel.TcbSetTlsBase, 1, 0, tlsBase);

    /// <summary>Sets the processor that a thread runs on.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="affinity">The processor's number; there are <see cref="BootInfo.NodeCount"/>.</param>
    /// <returns><see cref="SeL4Error.IllegalOperation"/>: there is no such processor.</returns>
    /// <remarks>On Hosted, where Linux chooses, 0 is the only one. Never blocks. Source: <c>seL4_TCB_SetAffinity</c>.</remarks>
    public static SeL4Error TCB_SetAffinity(ulong service, ulong affinity) => Invoke(service, InvocationLabel.TcbSetAffinity, 1, 0, affinity);

    /// <summary>Clears some of a thread's flags, then sets some.</summary>
    /// <param name="service">The thread.</param>
    /// <param name="clear">Those to clear.</param>
    /// <param name="set">Those to set; flags that nobody knows are ignored.</param>
    /// <param name="flags">Receives those that are set now.</param>
    /// <returns>Nothing of its own.</returns>
    /// <remarks>Metal only. Never blocks. Source: <c>seL4_TCB_SetFlags</c>.</remarks>
    public static SeL4Error TCB_SetFlags(ulong service, TcbFlags clear, TcbFlags set, out TcbFlags flags)
    {
        SeL4Error error = Invoke(service, InvocationLabel.TcbSetFlags, 2, 0, (ulong)clear, (ulong)set, 0, 0, out ulong word);
        flags = (TcbFlags)word;
        return error;
    }
}
