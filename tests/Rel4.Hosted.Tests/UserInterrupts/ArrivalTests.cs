using Rel4.Abi;
using Rel4.Hosted.Kernel;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Is nothing lost while a receiver has not heard of a sender yet? The test carries the kernel's messages itself.</summary>
[Collection(nameof(OneKernel))]
public sealed class ArrivalTests : IDisposable
{
    private const byte Vector = 9;

    private readonly FakeProcess _receiverSide = new(1), _senderSide = new(2);
    private readonly HostedReceiver _kernel;
    private readonly UserInterruptReceiver _receiver;
    private readonly UserInterruptSender _sender;
    private readonly TaskMessage _message;
    private readonly int[] _descriptors;

    public ArrivalTests()
    {
        _kernel = HostedReceiver.TryOpen(1, _receiverSide.Process)!;
        _receiver = UserInterruptReceiver.TryCreate(new KernelConnection(socket: -1), _receiverSide.Take(out _))!;
        var handle = new SenderHandle(0, 1);
        Assert.Equal(0, _kernel.TryOpenSender(_senderSide.Process, handle, Vector));
        _sender = UserInterruptSender.TryCreate(new KernelConnection(socket: -1), handle, _senderSide.Take(out _))!;
        _descriptors = _receiverSide.Take(out _message);
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
        _kernel.Dispose();
        _receiverSide.Dispose();
        _senderSide.Dispose();
    }

    [Fact]
    public async Task TryAdd_OfASenderThatPostedBefore_WakesAParkedReceiver()
    {
        // The receiver runs when the post comes, so nobody rings; then it parks without knowing of the sender.
        Assert.True(_sender.TryPost());
        Task<ulong> word = Task.Run(() => _receiver.Park(-1), TestContext.Current.CancellationToken);
        using (var status = new StatusFile())
            Eventually.Holds(() => status.IsParked, "the receiver parks");

        Assert.True(_receiver.TryAdd(_message, _descriptors));

        Assert.Equal(1ul << Vector, await word);
    }

    [Fact]
    public void TakePending_OfASenderThatTheReceiverHasNotHeardOf_TakesItsPost()
    {
        Assert.True(_sender.TryPost());

        Assert.Equal(1ul << Vector, _kernel.TakePending());
        Assert.True(_receiver.TryAdd(_message, _descriptors));
        Assert.Equal(0ul, _receiver.Take());
    }

    [Fact]
    public void TryAdd_OfASenderThatIsGone_IsForgottenAtTheNextLook()
    {
        _kernel.CloseSender(0);
        Assert.True(_receiver.TryAdd(_message, _descriptors));

        Assert.Equal(0ul, _receiver.Take());

        Assert.Equal(0, _receiver.SenderCount);
    }

    [Fact]
    public void TryAdd_WithoutDescriptors_IsRefused()
    {
        // As when this process is out of descriptors: Linux drops what comes.
        Assert.False(_receiver.TryAdd(_message, [-1, -1, -1]));
        Descriptors.CloseAll(_descriptors);
    }
}
