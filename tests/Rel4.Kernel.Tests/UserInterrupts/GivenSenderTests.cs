namespace Rel4.Kernel.Tests;

/// <summary>Does a sender end with the process whose message brought its capability?</summary>
public sealed unsafe class GivenSenderTests : IDisposable
{
    private const ulong Giver = 7, Another = 8;

    private readonly Stage _stage = new();
    private readonly StoryThread _giver;
    private readonly StoryThread _taker;
    private readonly CPtr _to;
    private readonly CPtr _from;
    private readonly CPtr _root;

    public GivenSenderTests()
    {
        _giver = _stage.World.Thread("giver");
        _taker = _stage.World.Thread("taker");
        _giver.Tcb->Process = Giver;
        _to = _giver.Given(_stage.Endpoint);
        _from = _taker.Given(_stage.Endpoint);
        _root = _taker.GivenOwnCSpace();
        _stage.Root.NotificationRegisterReceiver(_stage.Notification, _stage.Target).Ok();
    }

    private KernelState* State => _stage.World.Kernel.State;

    public void Dispose()
    {
        _stage.World.Check();
        _stage.Dispose();
    }

    [Theory]
    [InlineData(Giver, false)]
    [InlineData(Another, true)]
    public void Forget_AGiver_EndsWhatItGave(ulong ended, bool isLeft)
    {
        SenderHandle sender = Take(badge: 4);

        Assert.Equal(Outcome.Done, SenderPool.ForgetGiver<SimMachine>(State, ended));

        Assert.Equal(isLeft, _taker.Post(sender));
    }

    [Fact]
    public void Forget_AGiverOfAnEarlierCapability_LeavesIt()
    {
        CPtr first = TakeCapability(badge: 4);
        TakeCapability(badge: 2);
        var sender = new SenderHandle(_taker.NotificationRegisterSender(first).Ok().Words[0]);

        SenderPool.ForgetGiver<SimMachine>(State, Giver);
        // Names of processes begin with 1.
        SenderPool.ForgetGiver<SimMachine>(State, 1);

        Assert.True(_taker.Post(sender));
    }

    [Fact]
    public void Forget_AGiver_LooksAtNothingBehindTheTable()
    {
        PooledSender* behind = &State->Shared->SenderPool[State->Shared->SenderCount];
        ulong before = behind->Giver;
        behind->Giver = Another;

        SenderPool.ForgetGiver<SimMachine>(State, Another);

        Assert.Equal(Another, behind->Giver);
        behind->Giver = before;
    }

    [Fact]
    public void Find_IndexBehindTheTable_IsNone()
    {
        PooledSender* behind = &State->Shared->SenderPool[State->Shared->SenderCount];
        Tcb* before = behind->Thread;
        behind->Thread = _taker.Tcb;

        Assert.True(SenderPool.Find(State->Shared, _taker.Tcb, (int)State->Shared->SenderCount) == null);

        behind->Thread = before;
    }

    [Fact]
    public void Forget_AGiverOfSeveral_EndsThemInPieces()
    {
        SenderHandle first = Take(badge: 4), second = Take(badge: 2);
        _stage.World.Kernel.PreemptAt(1);

        Assert.Equal(Outcome.Preempted, SenderPool.ForgetGiver<SimMachine>(State, Giver));
        Assert.Equal([false, true], [_taker.Post(first), _taker.Post(second)]);
        _stage.World.Kernel.PreemptAt(0);
        Assert.Equal(Outcome.Done, SenderPool.ForgetGiver<SimMachine>(State, Giver));
        Assert.False(_taker.Post(second));
    }

    private SenderHandle Take(ulong badge) => new(_taker.NotificationRegisterSender(TakeCapability(badge)).Ok().Words[0]);

    private CPtr TakeCapability(ulong badge)
    {
        CPtr slot = _taker.FreeSlot();
        _taker.ReceivesCapsAt(_root, slot);
        _taker.Recv(_from);
        _giver.Send(_to, new StoryMessage(0) { Caps = [_giver.Given(_stage.Notification, badge: badge)] });
        _taker.ReceivedCaps(1);
        return slot;
    }
}
