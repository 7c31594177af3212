using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Are pins of the I/O APIC and messages of devices taken, masked and let go as they must, and is what libsel4 says is an error one?</summary>
[Collection(nameof(MachineWorld))]
public sealed unsafe class InterruptTests : IDisposable
{
    private const ulong Vector = 7, Pin = 5, Badge = 3;

    // Index, depth, I/O APIC, pin, level, polarity, vector.
    private static readonly ulong[] s_pin = [0, Limits.WordBits, 0, Pin, 1, 1, Vector];

    // Index, depth, bus, device, function, handle, vector.
    private static readonly ulong[] s_message = [0, Limits.WordBits, 255, 31, 7, ulong.MaxValue, Vector];

    private readonly MachineWorld _world = new(hasContexts: false);
    private readonly ulong _slot;

    public InterruptTests() => _slot = _world.FirstFree + 100;

    public void Dispose()
    {
        IOApic.PinCount = 24;
        _world.Dispose();
    }

    /// <summary>Gets the word that is changed, to what, and what is said then.</summary>
    public static TheoryData<InvocationLabel, int, ulong, SeL4Error> Refusals => new()
    {
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 0, RootSlot.Tcb, SeL4Error.DeleteFirst },
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 0, 1 << 20, SeL4Error.FailedLookup },
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 1, 0, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 1, 65, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 2, 1, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 3, 24, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 4, 2, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 5, 2, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 6, 108, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerIOApic, 6, (1UL << 32) + Vector, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerMsi, 0, RootSlot.Tcb, SeL4Error.DeleteFirst },
        { InvocationLabel.X86IrqIssueIrqHandlerMsi, 0, 1 << 20, SeL4Error.FailedLookup },
        { InvocationLabel.X86IrqIssueIrqHandlerMsi, 1, 65, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerMsi, 2, 256, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerMsi, 3, 32, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerMsi, 4, 8, SeL4Error.RangeError },
        { InvocationLabel.X86IrqIssueIrqHandlerMsi, 6, 108, SeL4Error.RangeError },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Issue_OneWordIsWrong_IsRefusedAndNothingIsTaken(InvocationLabel label, int word, ulong value, SeL4Error error)
    {
        ulong[] words = Words(label);
        words[word] = value;
        Assert.Equal(error, _world.Invoke(RootSlot.IrqControl, label, words, RootSlot.CNode));
        Assert.Equal(SeL4Error.NoError, _world.Invoke(RootSlot.IrqControl, label, Words(label), RootSlot.CNode));
    }

    [Theory]
    [InlineData(InvocationLabel.X86IrqIssueIrqHandlerIOApic)]
    [InlineData(InvocationLabel.X86IrqIssueIrqHandlerMsi)]
    public void Issue_MessageTooShortOrTaken_IsRefused(InvocationLabel label)
    {
        ulong[] words = Words(label);
        Assert.Equal(SeL4Error.TruncatedMessage, _world.Invoke(RootSlot.IrqControl, label, words.AsSpan(0, 6), RootSlot.CNode));
        Assert.Equal(SeL4Error.TruncatedMessage, _world.Invoke(RootSlot.IrqControl, label, words));
        Assert.Equal(SeL4Error.FailedLookup, _world.Invoke(RootSlot.IrqControl, label, words, RootSlot.Tcb));
        Assert.Equal(SeL4Error.IllegalOperation, _world.Invoke(RootSlot.Tcb, label, words, RootSlot.CNode));
        MachineWorld.Require(_world.Invoke(RootSlot.IrqControl, label, words, RootSlot.CNode));
        words[0]++;
        Assert.Equal(SeL4Error.RevokeFirst, _world.Invoke(RootSlot.IrqControl, label, words, RootSlot.CNode));
        _world.Delete(_slot);
        Assert.Equal(SeL4Error.NoError, _world.Invoke(RootSlot.IrqControl, label, words, RootSlot.CNode));
    }

    [Fact]
    public void Issue_PinOfAnotherVector_IsRefusedUntilThatIsDeleted()
    {
        ulong[] words = Words(InvocationLabel.X86IrqIssueIrqHandlerIOApic);
        Take(words);
        (words[0], words[6]) = (_slot + 1, Vector + 1);
        Assert.Equal(SeL4Error.RevokeFirst, _world.Invoke(RootSlot.IrqControl, InvocationLabel.X86IrqIssueIrqHandlerIOApic, words, RootSlot.CNode));
        _world.Delete(_slot);
        Assert.Contains((uint)Pin, IOApic.Masked);
        Take(words);
        Assert.DoesNotContain((uint)Pin, IOApic.Masked);
    }

    [Fact]
    public void Issue_NoIOApic_IsIllegal()
    {
        IOApic.PinCount = 0;
        Assert.Equal(
            SeL4Error.IllegalOperation,
            _world.Invoke(
                RootSlot.IrqControl, InvocationLabel.X86IrqIssueIrqHandlerIOApic, Words(InvocationLabel.X86IrqIssueIrqHandlerIOApic), RootSlot.CNode));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void Handle_InterruptOfAPin_SignalsAndIsMaskedBeforeItsEndOnlyIfALevel(ulong level, ulong polarity)
    {
        ulong[] words = Words(InvocationLabel.X86IrqIssueIrqHandlerIOApic);
        (words[4], words[5]) = (level, polarity);
        Take(words);
        Assert.Equal((48 + (uint)Vector, level == 1, polarity == 1), IOApic.Routes[(uint)Pin]);
        Notification* notification = SetNotification();

        Interrupt();

        Assert.Equal(Badge, notification->Word);
        Assert.Equal(level == 1, IOApic.Masked.Contains((uint)Pin));
        Assert.True(IOApic.IsEnded);
        MachineWorld.Require(_world.Invoke(_slot, InvocationLabel.IrqAckIrq, []));
        Assert.DoesNotContain((uint)Pin, IOApic.Masked);
    }

    [Fact]
    public void Handle_MessageAfterAMessage_SignalsWithoutAcknowledgement()
    {
        MachineWorld.Require(_world.Invoke(
            RootSlot.IrqControl, InvocationLabel.X86IrqIssueIrqHandlerMsi, Words(InvocationLabel.X86IrqIssueIrqHandlerMsi), RootSlot.CNode));
        Notification* notification = SetNotification();
        Interrupt();
        Assert.Equal(Badge, notification->Word);
        notification->Word = 0;
        Interrupt();
        Assert.Equal(Badge, notification->Word);
        _world.Delete(_slot);
        notification->Word = 0;
        Interrupt();
        Assert.Equal(0UL, notification->Word);
    }

    [Fact]
    public void SetDomain_OneThereIs_IsTheOnlyOneThatIsAllowed()
    {
        Assert.Equal(SeL4Error.NoError, SetDomain(RootSlot.Domain, [0], RootSlot.Tcb));
        Assert.Equal((SeL4Error.InvalidArgument, 0UL), (SetDomain(RootSlot.Domain, [1], RootSlot.Tcb), _world.Word0));
        Assert.Equal((SeL4Error.InvalidArgument, 1UL), (SetDomain(RootSlot.Domain, [0], RootSlot.CNode), _world.Word0));
        Assert.Equal((SeL4Error.InvalidArgument, 1UL), (SetDomain(RootSlot.Domain, [0], _slot), _world.Word0));
        Assert.Equal(SeL4Error.TruncatedMessage, SetDomain(RootSlot.Domain, [], RootSlot.Tcb));
        Assert.Equal(SeL4Error.TruncatedMessage, _world.Invoke(RootSlot.Domain, InvocationLabel.DomainSetSet, [0]));
        Assert.Equal(SeL4Error.IllegalOperation, SetDomain(RootSlot.Tcb, [0], RootSlot.Tcb));
        Assert.Equal(SeL4Error.IllegalOperation, _world.Invoke(RootSlot.Domain, InvocationLabel.TcbSuspend, []));
        Assert.Equal(SeL4Error.NoError, SetDomain(_world.Copy(RootSlot.Domain), [0], RootSlot.Tcb));
    }

    private ulong[] Words(InvocationLabel label)
    {
        ulong[] words = [.. label == InvocationLabel.X86IrqIssueIrqHandlerIOApic ? s_pin : s_message];
        words[0] = _slot;
        return words;
    }

    private void Take(ulong[] words) =>
        MachineWorld.Require(_world.Invoke(RootSlot.IrqControl, InvocationLabel.X86IrqIssueIrqHandlerIOApic, words, RootSlot.CNode));

    private Notification* SetNotification()
    {
        ulong notification = _world.Make(ObjectType.Notification), badged = _slot + 10;
        MachineWorld.Require(_world.Invoke(
            RootSlot.CNode, InvocationLabel.CNodeMint, [badged, Limits.WordBits, notification, Limits.WordBits, (ulong)CapRights.All, Badge], RootSlot.CNode));
        MachineWorld.Require(_world.Invoke(_slot, InvocationLabel.IrqSetIrqHandler, [], badged));
        return _world.Slots[notification].Cap.Notification;
    }

    private void Interrupt()
    {
        IOApic.IsEnded = false;
        InterruptLines.Handle(_world.State, InterruptLines.FirstVector + (uint)Vector);
    }

    private SeL4Error SetDomain(ulong service, ReadOnlySpan<ulong> words, ulong thread) =>
        _world.Invoke(service, InvocationLabel.DomainSetSet, words, thread);
}
