using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Says what <see cref="TcbCap.CopyRegistersFrom"/> does.</summary>
[Flags]
public enum RegisterTransfer
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Stop the source first.</summary>
    SuspendSource = 1,

    /// <summary>Let the target run.</summary>
    ResumeTarget = 2,

    /// <summary>Copy <c>rip</c> to <c>r15</c>.</summary>
    Frame = 4,

    /// <summary>Copy the bases of FS and GS.</summary>
    Integer = 8,
}

/// <summary>Is a capability to a thread (manual chapter "Threads and Execution").</summary>
/// <param name="CPtr">Address of the capability in the caller's CSpace.</param>
public readonly unsafe record struct TcbCap(ulong CPtr)
{
    /// <summary>Sets the thread's spaces, fault handler and IPC buffer.</summary>
    /// <param name="capabilities">Root of its CSpace.</param>
    /// <param name="memory">Its address space.</param>
    /// <param name="buffer">Address of its IPC buffer, aligned to 1,024 bytes; 0 for none.</param>
    /// <param name="bufferFrame">The frame that the buffer lies in.</param>
    /// <param name="faultHandler">Address, in the thread's own CSpace, of the endpoint that its faults are sent to; 0 for none.</param>
    /// <param name="guard">Guard for the root of its CSpace; the default leaves the capability's.</param>
    /// <inheritdoc cref="SeL4.TCB_Configure" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_Configure"/> lists.</exception>
    public void Configure(
        CNodeCap capabilities,
        VSpaceCap memory,
        ulong buffer = 0,
        FrameCap bufferFrame = default,
        ulong faultHandler = 0,
        CNodeCapData guard = default) =>
        Check(
            SeL4.TCB_Configure(CPtr, faultHandler, capabilities.CPtr, guard.Raw, memory.CPtr, 0, buffer, bufferFrame.CPtr),
            InvocationLabel.TcbConfigure);

    /// <summary>Sets the thread's spaces and fault handler.</summary>
    /// <param name="capabilities">Root of its CSpace.</param>
    /// <param name="memory">Its address space.</param>
    /// <param name="faultHandler">Address, in the thread's own CSpace, of the endpoint that its faults are sent to; 0 for none.</param>
    /// <param name="guard">Guard for the root of its CSpace; the default leaves the capability's.</param>
    /// <inheritdoc cref="SeL4.TCB_SetSpace" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_SetSpace"/> lists.</exception>
    public void SetSpace(CNodeCap capabilities, VSpaceCap memory, ulong faultHandler = 0, CNodeCapData guard = default) =>
        Check(SeL4.TCB_SetSpace(CPtr, faultHandler, capabilities.CPtr, guard.Raw, memory.CPtr, 0), InvocationLabel.TcbSetSpace);

    /// <summary>Sets the thread's IPC buffer.</summary>
    /// <inheritdoc cref="SeL4.TCB_SetIPCBuffer" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_SetIPCBuffer"/> lists.</exception>
    public void SetIpcBuffer(ulong address, FrameCap frame) =>
        Check(SeL4.TCB_SetIPCBuffer(CPtr, address, frame.CPtr), InvocationLabel.TcbSetIpcBuffer);

    /// <summary>Sets the thread's priority, as far as the authority's maximum controlled priority allows.</summary>
    /// <inheritdoc cref="SeL4.TCB_SetPriority" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_SetPriority"/> lists.</exception>
    public void SetPriority(TcbCap authority, byte priority) =>
        Check(SeL4.TCB_SetPriority(CPtr, authority.CPtr, priority), InvocationLabel.TcbSetPriority);

    /// <summary>Sets the highest priority that the thread can give, as far as the authority's own allows.</summary>
    /// <inheritdoc cref="SeL4.TCB_SetMCPriority" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_SetMCPriority"/> lists.</exception>
    public void SetMaxControlledPriority(TcbCap authority, byte priority) =>
        Check(SeL4.TCB_SetMCPriority(CPtr, authority.CPtr, priority), InvocationLabel.TcbSetMCPriority);

    /// <summary>Sets both priorities.</summary>
    /// <inheritdoc cref="SeL4.TCB_SetSchedParams" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_SetSchedParams"/> lists.</exception>
    public void SetPriorities(TcbCap authority, byte maxControlled, byte priority) =>
        Check(SeL4.TCB_SetSchedParams(CPtr, authority.CPtr, maxControlled, priority), InvocationLabel.TcbSetSchedParams);

    /// <summary>Stops the thread, whatever it does or waits for.</summary>
    /// <inheritdoc cref="SeL4.TCB_Suspend" path="/remarks"/>
    /// <exception cref="SeL4Exception">The capability is no thread.</exception>
    public void Suspend() => Check(SeL4.TCB_Suspend(CPtr), InvocationLabel.TcbSuspend);

    /// <summary>Lets the thread run.</summary>
    /// <inheritdoc cref="SeL4.TCB_Resume" path="/remarks"/>
    /// <exception cref="SeL4Exception">The capability is no thread.</exception>
    public void Resume() => Check(SeL4.TCB_Resume(CPtr), InvocationLabel.TcbResume);

    /// <summary>Binds a notification: its signals are delivered also while the thread receives on an endpoint.</summary>
    /// <inheritdoc cref="SeL4.TCB_BindNotification" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_BindNotification"/> lists.</exception>
    public void Bind(NotificationCap notification) =>
        Check(SeL4.TCB_BindNotification(CPtr, notification.CPtr), InvocationLabel.TcbBindNotification);

    /// <summary>Ends the binding to a notification.</summary>
    /// <inheritdoc cref="SeL4.TCB_UnbindNotification" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_UnbindNotification"/> lists.</exception>
    public void Unbind() => Check(SeL4.TCB_UnbindNotification(CPtr), InvocationLabel.TcbUnbindNotification);

    /// <summary>Makes the thread the receiver of a notification's user interrupts.</summary>
    /// <param name="notification">The notification. It may have come from anybody, as it is not invoked.</param>
    /// <returns>Its index in the machine's table of receivers.</returns>
    /// <inheritdoc cref="SeL4.TCB_RegisterReceiver(ulong, ulong, out ulong)" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_RegisterReceiver(ulong, ulong, out ulong)"/> lists.</exception>
    public ulong RegisterReceiver(NotificationCap notification)
    {
        Check(SeL4.TCB_RegisterReceiver(CPtr, notification.CPtr, out ulong receiver), InvocationLabel.TcbRegisterReceiver);
        return receiver;
    }

    /// <summary>Reads all registers of the thread, which is not the calling one.</summary>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_ReadRegisters"/> lists.</exception>
    public UserContext ReadRegisters() => ReadRegisters(suspend: false);

    /// <summary>Stops the thread, which is not the calling one, and reads all its registers.</summary>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_ReadRegisters"/> lists.</exception>
    public UserContext SuspendAndReadRegisters() => ReadRegisters(suspend: true);

    /// <summary>Writes all registers of the thread, which is not the calling one.</summary>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_WriteRegisters"/> lists.</exception>
    public void WriteRegisters(in UserContext registers) => WriteRegisters(registers, resume: false);

    /// <summary>Writes all registers of the thread, which is not the calling one, and lets it run.</summary>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_WriteRegisters"/> lists.</exception>
    public void WriteRegistersAndResume(in UserContext registers) => WriteRegisters(registers, resume: true);

    /// <summary>Copies registers of another thread into this one's.</summary>
    /// <inheritdoc cref="SeL4.TCB_CopyRegisters" path="/remarks"/>
    /// <exception cref="SeL4Exception">As <see cref="SeL4.TCB_CopyRegisters"/> lists.</exception>
    public void CopyRegistersFrom(TcbCap source, RegisterTransfer transfer) =>
        Check(
            SeL4.TCB_CopyRegisters(
                CPtr, source.CPtr, (transfer & RegisterTransfer.SuspendSource) != 0, (transfer & RegisterTransfer.ResumeTarget) != 0,
                (transfer & RegisterTransfer.Frame) != 0, (transfer & RegisterTransfer.Integer) != 0, 0),
            InvocationLabel.TcbCopyRegisters);

    private UserContext ReadRegisters(bool suspend)
    {
        UserContext registers;
        Check(SeL4.TCB_ReadRegisters(CPtr, suspend, 0, UserContext.Count, &registers), InvocationLabel.TcbReadRegisters);
        return registers;
    }

    private void WriteRegisters(UserContext registers, bool resume) =>
        Check(SeL4.TCB_WriteRegisters(CPtr, resume, 0, UserContext.Count, &registers), InvocationLabel.TcbWriteRegisters);

    private void Check(SeL4Error error, InvocationLabel method) => SeL4Exception.ThrowIfFailed(error, method, CPtr);
}
