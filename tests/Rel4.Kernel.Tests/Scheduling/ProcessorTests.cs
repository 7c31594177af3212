using System.Runtime.InteropServices;

namespace Rel4.Kernel.Tests;

/// <summary>Which processor runs a thread, where there are two?</summary>
public sealed unsafe class ProcessorTests : IDisposable
{
    private const int Bytes = 1 << 16;
    private const int First = 50;
    private const ulong Behind = 0x5002;

    private readonly byte* _memory;
    private readonly KernelState* _here;
    private readonly KernelState* _there;
    private readonly Tcb* _root;

    // Two threads of the other processor's, and one of this one's, none of them runnable yet; and room for another's slots.
    private readonly Tcb* _a;
    private readonly Tcb* _b;
    private readonly Tcb* _own;

    public ProcessorTests()
    {
        _memory = (byte*)NativeMemory.AlignedAlloc(2 * Bytes, Bytes);
        NativeMemory.Clear(_memory, 2 * Bytes);
        _here = Boot.Start(_memory, Bytes, new BootParameters { RootCNodeBits = 6, OtherProcessors = 1 });
        _there = _here->Shared->Processors + 1;
        _root = _here->Shared->RootThread;
        _a = Make(0, _there);
        _b = Make(1, _there);
        _own = Make(2, _here);
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    [Fact]
    public void Start_TwoProcessors_EachHasQueuesAndTheyShareTheRest()
    {
        SharedState* shared = _here->Shared;
        Assert.Equal((2UL, (nint)_here, (nint)shared), (shared->ProcessorCount, (nint)shared->Processors, (nint)_there->Shared));
        Assert.Equal((nint)(_here->ReadyQueues + Limits.MaxPriority + 1), (nint)_there->ReadyQueues);
        Assert.Equal((nint)(_there->ReadyQueues + Limits.MaxPriority + 1), (nint)shared->Senders);
        Assert.Equal(((nint)_root, 0), ((nint)_here->Current, (nint)_there->Current));
        Assert.Equal((nint)_here, (nint)_root->Home);
    }

    [Fact]
    public void ThreadReady_AnotherProcessors_IsQueuedThere()
    {
        MakeReady(_a);
        Assert.Equal([(nint)_a], QueueOf(_there));
        Assert.Empty(QueueOf(_here));
        Assert.True(_a->IsQueued);
        Kernel<SimMachine>.HandleReschedule(_there);
        Assert.Equal(((nint)_a, 0), ((nint)_there->Current, _there->ReadyWords == 0 ? 0 : 1));
        MakeReady(_a);
        Assert.Empty(QueueOf(_there));
    }

    [Fact]
    public void ThreadWoken_AnotherProcessors_IsNoHandoff()
    {
        _a->State = _own->State = ThreadState.Running;
        PriorityScheduler.ThreadWoken(_here, _a);
        Assert.True(_here->Handoff == null && _there->Handoff == null && _a->IsQueued);
        PriorityScheduler.ThreadWoken(_here, _own);
        Assert.True(_here->Handoff == _own && !_own->IsQueued);
    }

    [Fact]
    public void CanSwitchTo_AnotherProcessors_No()
    {
        _a->Priority = _own->Priority = Limits.MaxPriority;
        Assert.False(PriorityScheduler.CanSwitchTo(_here, _a));
        Assert.True(PriorityScheduler.CanSwitchTo(_here, _own));
        Assert.True(PriorityScheduler.CanSwitchTo(_there, _a));
    }

    [Fact]
    public void ThreadStopped_QueuedOnAnotherProcessor_LeavesThatQueue()
    {
        MakeReady(_a);
        MakeReady(_b);
        PriorityScheduler.ThreadStopped(_here, _a);
        Assert.Equal([(nint)_b], QueueOf(_there));
        PriorityScheduler.ThreadStopped(_here, _b);
        Assert.Equal((0u, false), (_there->ReadyWords, _b->IsQueued));
    }

    [Fact]
    public void SetPriority_QueuedOnAnotherProcessor_IsQueuedThereAnew()
    {
        MakeReady(_a);
        PriorityScheduler.SetPriority(_here, _a, First + 1);
        Assert.Empty(QueueOf(_there));
        Assert.Equal((nint)_a, (nint)_there->ReadyQueues[First + 1].Head);
    }

    [Fact]
    public void Withdraw_RunsOnAnotherProcessor_IsFirstOfItsPriorityThere()
    {
        MakeReady(_a);
        Kernel<SimMachine>.HandleReschedule(_there);
        MakeReady(_b);
        _a->State = ThreadState.Restart;
        _a->FaultIP = 0x1234;
        PriorityScheduler.Withdraw(_a);
        Assert.True(_there->Current == null);
        Assert.Equal([(nint)_a, (nint)_b], QueueOf(_there));
        Kernel<SimMachine>.HandleReschedule(_there);
        Assert.Equal(((nint)_a, ThreadState.Running, 0x1234UL), ((nint)_there->Current, _a->State, _a->Context.Rip));
    }

    [Fact]
    public void Move_Ready_IsQueuedOnTheOtherProcessor()
    {
        MakeReady(_a);
        MakeReady(_b);
        PriorityScheduler.Move(_here, _a, _here);
        Assert.Equal([(nint)_b], QueueOf(_there));
        Assert.Equal([(nint)_a], QueueOf(_here));
        Assert.Equal(((nint)_here, (nint)_root), ((nint)_a->Home, (nint)_here->Current));
    }

    [Fact]
    public void Move_ToWhereItIs_KeepsItsPlace()
    {
        MakeReady(_a);
        MakeReady(_b);
        PriorityScheduler.Move(_here, _a, _there);
        Assert.Equal([(nint)_a, (nint)_b], QueueOf(_there));
        PriorityScheduler.Move(_here, _root, _here);
        Assert.Equal((nint)_root, (nint)_here->Current);
    }

    [Fact]
    public void Move_NotRunnable_IsReadyThereLater()
    {
        PriorityScheduler.Move(_here, _a, _here);
        Assert.False(_a->IsQueued);
        MakeReady(_a);
        Assert.Equal([(nint)_a], QueueOf(_here));
    }

    [Theory]
    [InlineData(1, SeL4Error.NoError)]
    [InlineData(0, SeL4Error.NoError)]
    [InlineData(2, SeL4Error.IllegalOperation)]
    [InlineData(ulong.MaxValue, SeL4Error.IllegalOperation)]
    public void SetAffinity_Itself_GoesOnThereBehindItsCall(ulong processor, SeL4Error error)
    {
        MakeReady(_own);

        Invoke((ulong)InvocationLabel.TcbSetAffinity, processor);

        bool moved = processor == 1;
        Assert.Equal((nint)(moved ? _own : _root), (nint)_here->Current);
        Assert.Equal((moved, ThreadState.Running), (_root->IsQueued, _root->State));
        Assert.Equal((nint)(moved ? _there : _here), (nint)_root->Home);
        Assert.Equal((ulong)error, new MessageInfo(_root->Context.Rsi).Label);
        Kernel<SimMachine>.HandleReschedule(_there);
        Assert.Equal((moved ? (nint)_root : 0, Behind), ((nint)_there->Current, _root->Context.Rip));
    }

    /// <remarks>The word is the base of FS, or a processor that there is not. Which methods the machine has decides what lies behind the core's.</remarks>
    [Theory]
    [InlineData(false, 15, SeL4Error.NoError, 64)]
    [InlineData(false, 16, SeL4Error.TruncatedMessage, 0)]
    [InlineData(true, 13, SeL4Error.TruncatedMessage, 0)]
    [InlineData(true, 15, SeL4Error.IllegalOperation, 0)]
    [InlineData(true, 16, SeL4Error.NoError, 64)]
    [InlineData(true, 17, SeL4Error.TruncatedMessage, 0)]
    [InlineData(false, (ulong)InvocationLabel.TcbSetAffinity, SeL4Error.IllegalOperation, 0)]
    [InlineData(true, (ulong)InvocationLabel.TcbSetAffinity, SeL4Error.IllegalOperation, 0)]
    public void Call_LabelOfAConfiguration_IsItsMethod(bool ofSeveral, ulong label, SeL4Error error, ulong fsBase)
    {
        _here->Shared->HasLabelsOfSeveral = ofSeveral;

        Invoke(label, 64);

        Assert.Equal((error, fsBase), ((SeL4Error)new MessageInfo(_root->Context.Rsi).Label, _root->Context.FsBase));
    }

    /// <remarks>Beyond the last of libsel4's there is nothing to move: what is read is what was sent.</remarks>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(14, 14)]
    [InlineData(16, 15)]
    [InlineData(53, 52)]
    [InlineData(54, 54)]
    [InlineData((ulong)InvocationLabel.TcbReadEntries, (ulong)InvocationLabel.TcbReadEntries)]
    public void Read_LabelOfSeveral_IsTheOneOfOneBelow(ulong label, ulong method)
    {
        _here->Shared->HasLabelsOfSeveral = true;
        Assert.Equal((InvocationLabel)method, MethodLabels.Read(_here, label));
    }

    /// <summary>Has the root thread invoke a method of its own with a word.</summary>
    private void Invoke(ulong label, ulong word)
    {
        _root->Context.Rdx = unchecked((ulong)Syscall.Call);
        _root->Context.Rdi = RootSlot.Tcb;
        _root->Context.Rsi = new MessageInfo(label, 0, 0, 1).Raw;
        _root->Context.R10 = word;
        _root->Context.Rip = Behind;
        _root->FaultIP = Behind - 2;
        Kernel<SimMachine>.HandleSystemCall(_here);
    }

    private static List<nint> QueueOf(KernelState* processor)
    {
        List<nint> found = [];
        for (Tcb* thread = processor->ReadyQueues[First].Head; thread != null; thread = thread->QueueNext)
            found.Add((nint)thread);
        return found;
    }

    private void MakeReady(Tcb* thread)
    {
        thread->State = ThreadState.Running;
        PriorityScheduler.ThreadReady(_here, thread);
    }

    private Tcb* Make(int index, KernelState* home)
    {
        var thread = (Tcb*)(_memory + Bytes + (index << Limits.TcbBits));
        ObjectFactory.MakeThread(home, thread);
        thread->Priority = First;
        return thread;
    }
}
