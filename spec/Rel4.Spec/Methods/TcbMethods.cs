using System.Collections.Immutable;
using Rel4.Abi;
using Rel4.Spec.Rules;

namespace Rel4.Spec.Methods;

/// <summary>The methods of threads (manual, "Threads and Execution"; <c>object-api.xml</c>, <c>seL4_TCB</c>).</summary>
/// <remarks>Those that set spaces are in <see cref="TcbSpaceMethods"/>.</remarks>
public static class TcbMethods
{
    /// <summary>Registers counted as frame registers by CopyRegisters; the others are the integer registers.</summary>
    private const int FrameRegisters = (int)Register.FsBase;

    /// <summary>Does what a message asks of a thread.</summary>
    public static (SpecState State, ImmutableArray<ulong> Results) InvokeTcb(this SpecState s, Invocation invocation, TcbCap tcb)
    {
        ulong thread = tcb.Address;
        InvocationLabel label = (InvocationLabel)invocation.Label;
        if (label is InvocationLabel.TcbReadRegisters)
            return s.ReadRegisters(invocation, thread);
        if (label is InvocationLabel.TcbSetFlags)
            return s.SetFlags(invocation, thread);
        if (label is >= InvocationLabel.TcbRegisterReceiver and <= InvocationLabel.TcbUnregisterSender)
            return s.InvokeNotificationFor(invocation, thread, label - InvocationLabel.TcbRegisterReceiver + InvocationLabel.NotificationRegisterReceiver);
        s = label switch
        {
            InvocationLabel.TcbWriteRegisters => s.WriteRegisters(invocation, thread),
            InvocationLabel.TcbCopyRegisters => s.CopyRegisters(invocation, thread),
            InvocationLabel.TcbConfigure => s.Configure(invocation, thread),
            InvocationLabel.TcbSetPriority => s.SetPriority(invocation, thread),
            InvocationLabel.TcbSetMCPriority => s.SetMaxControlledPriority(invocation, thread),
            InvocationLabel.TcbSetSchedParams => s.SetSchedParams(invocation, thread),
            InvocationLabel.TcbSetIpcBuffer => s.SetIpcBuffer(invocation, thread),
            InvocationLabel.TcbSetSpace => s.SetSpace(invocation, thread),
            InvocationLabel.TcbSuspend => s.Stop(invocation, thread),
            InvocationLabel.TcbResume => s.Resume(thread),
            InvocationLabel.TcbBindNotification => s.BindNotification(invocation, thread),
            InvocationLabel.TcbUnbindNotification => s.UnbindNotification(thread),
            InvocationLabel.TcbSetTlsBase => s.SetTlsBase(invocation, thread),
            InvocationLabel.TcbSetAffinity => s.SetAffinity(invocation),
            _ => throw RefusalException.IllegalOperation(),
        };
        return (s, []);
    }

    private static (SpecState State, ImmutableArray<ulong> Results) ReadRegisters(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 2);
        (ulong flags, ulong count) = (invocation.Words[0], invocation.Words[1]);
        if (count is < 1 or > UserContext.Count)
            throw RefusalException.Range(1, UserContext.Count);
        if (thread == invocation.Thread)
            throw RefusalException.IllegalOperation();
        if (IsSet(flags, 0))
            s = s.Suspend(thread);
        return (s, [.. Enumerable.Range(0, (int)count).Select(i => Observed(s.Thread(thread), (Register)i))]);
    }

    private static SpecState WriteRegisters(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 2);
        (ulong flags, ulong count) = (invocation.Words[0], invocation.Words[1]);
        if ((ulong)invocation.Words.Length - 2 < count)
            throw new RefusalException(SeL4Error.TruncatedMessage);
        if (thread == invocation.Thread)
            throw RefusalException.IllegalOperation();
        for (int i = 0; i < (int)Math.Min(count, UserContext.Count); i++)
            s = s.Put(s.Thread(thread).WithUserValue((Register)i, invocation.Words[2 + i]));
        return IsSet(flags, 0) ? s.Resume(thread) : s;
    }

    private static SpecState CopyRegisters(this SpecState s, Invocation invocation, ulong target)
    {
        invocation.Need(words: 1, caps: 1);
        ulong flags = invocation.Words[0];
        if (invocation.Caps[0].Cap is not TcbCap { Address: var source })
            throw RefusalException.InvalidCapability(1);
        if (IsSet(flags, 0))
            s = s.Stop(invocation, source);
        if (IsSet(flags, 1))
            s = s.Resume(target);
        for (int i = 0; i < UserContext.Count; i++)
        {
            if (IsSet(flags, i < FrameRegisters ? 2 : 3))
                s = s.Put(s.Thread(target).WithUserValue((Register)i, Observed(s.Thread(source), (Register)i)));
        }
        return s;
    }

    private static SpecState SetPriority(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 1, caps: 1);
        return s.SetPriority(thread, s.RequirePriority(invocation, invocation.Words[0]));
    }

    private static SpecState SetMaxControlledPriority(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 1, caps: 1);
        return s.Put(s.Thread(thread) with { MaxControlledPriority = s.RequirePriority(invocation, invocation.Words[0]) });
    }

    private static SpecState SetSchedParams(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 2, caps: 1);
        int maxControlled = s.RequirePriority(invocation, invocation.Words[0]);
        int priority = s.RequirePriority(invocation, invocation.Words[1]);
        return s.Put(s.Thread(thread) with { MaxControlledPriority = maxControlled }).SetPriority(thread, priority);
    }

    /// <summary>Checks a priority against what the thread given as authority may set (manual, "Scheduling").</summary>
    private static int RequirePriority(this SpecState s, Invocation invocation, ulong priority)
    {
        if (invocation.Caps[0].Cap is not TcbCap authority)
            throw RefusalException.InvalidCapability(1);
        int greatest = s.Thread(authority.Address).MaxControlledPriority;
        return priority <= (ulong)greatest ? (int)priority : throw RefusalException.Range(0, (ulong)greatest);
    }

    /// <summary>
    /// Binds a notification that nobody else waits for, is bound to or is the receiver of (manual, "Binding Notifications").
    /// </summary>
    private static SpecState BindNotification(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 0, caps: 1);
        if (s.Thread(thread).BoundNotification is not null)
            throw RefusalException.IllegalOperation();
        if (invocation.Caps[0].Cap is not NotificationCap cap || !cap.Rights.HasFlag(CapRights.Read))
            throw RefusalException.IllegalOperation();
        Notification ntfn = s.Notification(cap.Address);
        bool hasOtherReceiver = (s.ReceiverOf(cap.Address) ?? thread) != thread;
        if (ntfn.BoundThread is not null || !ntfn.Queue.IsEmpty || hasOtherReceiver)
            throw RefusalException.IllegalOperation();
        return s.Put(ntfn with { BoundThread = thread }).Put(s.Thread(thread) with { BoundNotification = cap.Address });
    }

    private static SpecState UnbindNotification(this SpecState s, ulong thread) =>
        s.Thread(thread).BoundNotification is null ? throw RefusalException.IllegalOperation() : s.Unbind(thread);

    private static SpecState SetTlsBase(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 1);
        return s.Put(s.Thread(thread).With(Register.FsBase, invocation.Words[0]));
    }

    /// <summary>Sets the processor, of which there is one here.</summary>
    private static SpecState SetAffinity(this SpecState s, Invocation invocation)
    {
        invocation.Need(words: 1);
        return invocation.Words[0] == 0 ? s : throw RefusalException.IllegalOperation();
    }

    /// <summary>Clears flags, then sets some; what no flag has is ignored (<c>object-api.xml</c>, <c>TCBSetFlags</c>).</summary>
    private static (SpecState State, ImmutableArray<ulong> Results) SetFlags(this SpecState s, Invocation invocation, ulong thread)
    {
        invocation.Need(words: 2);
        (TcbFlags clear, TcbFlags set) = ((TcbFlags)invocation.Words[0], (TcbFlags)invocation.Words[1]);
        TcbFlags flags = ((s.Thread(thread).Flags & ~clear) | set) & TcbFlags.FpuDisabled;
        return (s.Put(s.Thread(thread) with { Flags = flags }), [(ulong)flags]);
    }

    /// <summary>Stops a thread; the caller itself is answered before it stops.</summary>
    private static SpecState Stop(this SpecState s, Invocation invocation, ulong thread) =>
        (thread == invocation.Thread && invocation.Number == Syscall.Call ? s.Deliver(thread, badge: 0, label: 0, words: []) : s)
            .Suspend(thread);

    /// <summary>Reads a register as another thread sees it: the instruction pointer is where the thread will go on.</summary>
    private static ulong Observed(Thread thread, Register register) =>
        register == Register.Rip ? thread.ContinuationIP() : thread[register];

    private static bool IsSet(ulong flags, int bit) => (flags >> bit & 1) != 0;
}
