using System.Collections.Concurrent;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Kernel;
using Rel4.Runtime;
using Rel4.Sim;

namespace Rel4.Testing;

/// <summary>Is the machine that the runtime of one task runs on.</summary>
internal sealed unsafe class TestMachine : AsyncMachine
{
    private readonly List<NamedCapability> _grants;
    private readonly List<TestSender> _senders = [];
    private readonly ConcurrentQueue<Action> _deferred = new();
    private uint _sendersClosed;

    public TestMachine(TestSystem system, TestTask task, List<NamedCapability> grants)
    {
        (System, Task, _grants) = (system, task, grants);
        UseThreads(new TestThreads(this));
    }

    public TestSystem System { get; }

    public TestTask Task { get; }

    /// <inheritdoc/>
    public override RuntimeHoldings Holdings => TaskHoldings.OfRuntime;

    /// <inheritdoc/>
    public override string TaskName => Task.Name;

    /// <inheritdoc/>
    public override TestClock Clock => System.TestClock;

    /// <summary>Gets or sets whether the task has ended: nothing of it is the kernel's any more.</summary>
    public bool TaskHasEnded { get; set; }

    /// <summary>Gets how many of the task's senders were closed.</summary>
    public uint SendersClosed
    {
        get
        {
            _sendersClosed += (uint)_senders.RemoveAll(static sender => sender.IsClosed);
            return _sendersClosed;
        }
    }

    /// <inheritdoc/>
    public override TcbCap CurrentThread => new(TestThread.Current!.CPtr);

    /// <summary>Gets whether the calling thread is the task's.</summary>
    public bool IsHere => TestThread.Current?.Machine == this;

    /// <inheritdoc/>
    public override void StartThread(TcbCap thread, string name, Action body)
    {
        thread.Resume();
        var turn = new Turn($"{name} of '{Task.Name}'");
        var started = new TestThread(System, this, SlotAt(thread.CPtr)->Cap.Thread, thread.CPtr, turn);
        System.Start(started, () =>
        {
            body();
            thread.Suspend();
            Threads.ReturnThread(thread);
        });
    }

    /// <summary>Ends the call if the thread waits in one. If it does not, its call is answered, and it sees that when it has its turn.</summary>
    public override bool TryEndWait(TcbCap thread)
    {
        Tcb* waiting = SlotAt(thread.CPtr)->Cap.Thread;
        if (waiting->IsRunnable)
            return true;
        Threads<SimMachine>.CancelWait(System.Kernel.State, waiting);
        Message.SetResult(waiting, 0, default);
        Threads<SimMachine>.Wake(System.Kernel.State, waiting);
        return true;
    }

    /// <inheritdoc/>
    public override void Pause(int mostMilliseconds) =>
        TestThread.Current!.Wait("waits to try again", static () => false, Clock.After(TimeSpan.FromMilliseconds(mostMilliseconds)));

    /// <inheritdoc/>
    public override HandleGrant? GrantOf(ulong capability)
    {
        foreach (NamedCapability granted in _grants)
        {
            if (granted.Slot == capability)
                return new HandleGrant(granted.Name, granted.Rights);
        }

        return null;
    }

    /// <inheritdoc/>
    public override byte* Map(CapabilityArgument frame, CapRights rights, out nuint length)
    {
        Slot* slot = TaskHasEnded ? throw new KernelEndedException() : SlotAt(frame.Slot);
        if (slot == null || slot->Cap.Type != CapType.Frame || slot->Cap.Bits > Limits.LargePageBits || !slot->Cap.Has(CapRights.Read))
            SeL4Exception.ThrowIfFailed(SeL4Error.InvalidCapability, HostedLabel.VSpaceMap, Holdings.VSpace.CPtr);
        length = (nuint)1 << slot->Cap.Bits;
        return System.Memory.Map((nint)slot->Cap.Memory, length, isNew: (rights & slot->Cap.Rights & CapRights.Write) != 0);
    }

    /// <inheritdoc/>
    public override void Unmap(byte* memory, nuint length)
    {
        if (!System.HasEnded)
            System.Memory.Unmap(memory);
    }

    /// <inheritdoc/>
    public override InterruptReceiver OpenReceiver(ulong index) => new TestReceiver(this, System.Kernel.LastReceiver);

    /// <inheritdoc/>
    public override SeL4Error TryRegisterSender(CapabilityArgument notification, out InterruptSender? sender)
    {
        sender = null;
        TestThread thread = TestThread.Current!;
        SeL4Error error = SeL4.TCB_RegisterSender(thread.CPtr, notification.Slot, out SenderHandle handle);
        if (error != SeL4Error.NoError)
            return error;
        var registered = new TestSender(this, System.Kernel, thread.Tcb, handle);
        _senders.Add(registered);
        sender = registered;
        return error;
    }

    /// <summary>Looks no longer whether a sender is closed.</summary>
    public void Forget(TestSender sender) => _senders.Remove(sender);

    /// <inheritdoc/>
    public override InterruptParking CreateParking(InterruptReceiver doorbells) => new TestParking(this, (TestReceiver)doorbells);

    /// <summary>Has a thread of the task's do something when it has its turn. Any thread.</summary>
    public void Defer(Action work) => _deferred.Enqueue(work);

    /// <summary>Does what other threads had to be done.</summary>
    public void DoDeferred()
    {
        while (!_deferred.IsEmpty && IsHere && _deferred.TryDequeue(out Action? work))
            TestThreads.Do(work);
    }

    private static Slot* SlotAt(ulong slot) => CSpace.LookupSlot(TestThread.Current!.Tcb, slot);
}
