using Rel4.Abi;
using Rel4.Spec.Rules;

namespace Rel4.Spec.Methods;

/// <summary>The methods that set a thread's spaces, fault handler and IPC buffer (manual, "Thread Creation").</summary>
public static class TcbSpaceMethods
{
    /// <summary>Sets the fault handler, both spaces and the IPC buffer.</summary>
    public static SpecState Configure(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 4, caps: 3);
        (ulong faultHandler, ulong cspaceData, ulong buffer) = (invocation.Words[0], invocation.Words[1], invocation.Words[3]);
        NewCap? frame = s.CheckBuffer(invocation, 2, buffer);
        NewCap cspace = s.CheckCSpace(invocation.Caps[0], cspaceData);
        NewCap vspace = s.CheckVSpace(invocation.Caps[1]);
        return s.Put(s.Thread(thread) with { FaultHandler = faultHandler })
            .Install(invocation, thread, TcbSlot.CSpace, cspace)
            .Install(invocation, thread, TcbSlot.VSpace, vspace)
            .InstallBuffer(invocation, thread, buffer, frame);
    }

    /// <summary>Sets the fault handler and both spaces.</summary>
    public static SpecState SetSpace(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 3, caps: 2);
        NewCap cspace = s.CheckCSpace(invocation.Caps[0], invocation.Words[1]);
        NewCap vspace = s.CheckVSpace(invocation.Caps[1]);
        return s.Put(s.Thread(thread) with { FaultHandler = invocation.Words[0] })
            .Install(invocation, thread, TcbSlot.CSpace, cspace)
            .Install(invocation, thread, TcbSlot.VSpace, vspace);
    }

    /// <summary>Sets the IPC buffer, or takes it away if its address is 0.</summary>
    public static SpecState SetIpcBuffer(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 1, caps: 1);
        ulong buffer = invocation.Words[0];
        return s.InstallBuffer(invocation, thread, buffer, s.CheckBuffer(invocation, 0, buffer));
    }

    /// <summary>Checks the frame of an IPC buffer: no device's memory, and the buffer aligned to its size.</summary>
    /// <remarks>Rights matter only when it is used.</remarks>
    private static NewCap? CheckBuffer(this SpecState s, Invocation invocation, int which, ulong buffer)
    {
        if (buffer == 0)
            return null;
        ExtraCap argument = invocation.Caps[which];
        if (s.Derive(argument.Slot, argument.Cap) is not FrameCap { IsDevice: false } frame)
            throw RefusalException.IllegalOperation();
        if ((buffer & ((1UL << Limits.IpcBufferBits) - 1)) != 0)
            throw new RefusalException(SeL4Error.AlignmentError);
        return new NewCap(frame, argument.Slot);
    }

    private static NewCap CheckCSpace(this SpecState s, ExtraCap argument, ulong data)
    {
        Capability? root = data == 0 ? argument.Cap : argument.Cap?.WithNewData(data);
        return s.Derive(argument.Slot, root) is CNodeCap node ? new NewCap(node, argument.Slot) : throw RefusalException.IllegalOperation();
    }

    private static NewCap CheckVSpace(this SpecState s, ExtraCap argument) =>
        s.Derive(argument.Slot, argument.Cap) is VSpaceCap space
            ? new NewCap(space, argument.Slot)
            : throw RefusalException.IllegalOperation();

    private static SpecState InstallBuffer(this SpecState s, Invocation invocation, ulong thread, ulong buffer, NewCap? frame)
    {
        s = s.Delete(new SlotId(thread, TcbSlot.IpcBuffer));
        if (s.FindThread(thread) is not { } living)
            return s;
        s = s.Put(living with { IpcBuffer = buffer });
        return frame is null ? s : s.InsertIfStillThere(invocation, thread, TcbSlot.IpcBuffer, frame);
    }

    private static SpecState Install(this SpecState s, Invocation invocation, ulong thread, int index, NewCap cap) =>
        s.Delete(new SlotId(thread, index)).InsertIfStillThere(invocation, thread, index, cap);

    /// <summary>
    /// Copies a capability into a thread's slot, unless deleting what was there took the source or the invoked capability with it.
    /// </summary>
    private static SpecState InsertIfStillThere(this SpecState s, Invocation invocation, ulong thread, int index, NewCap made) =>
        s.Cap(invocation.Slot) == new TcbCap(thread) && s.Cap(made.Source) is { } source && DerivationList.SameObject(made.Cap, source)
            ? s.Insert(made.Cap, made.Source, new SlotId(thread, index))
            : s;

    /// <summary>A capability made for a thread's slot, and the slot that it was made from.</summary>
    private sealed record NewCap(Capability Cap, SlotId Source);
}
