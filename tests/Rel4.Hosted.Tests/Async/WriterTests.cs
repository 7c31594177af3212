using Rel4.Abi;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Are messages that are written piece by piece read where they were written, and given up where they were not sent?</summary>
[Collection(nameof(OneKernel))]
public sealed class WriterTests
{
    [Fact]
    public async Task Message_WrittenInPieces_ArrivesAsItWasWritten() =>
        Assert.Equal(["written"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, WriterPrograms.Write)));

    [Fact]
    public async Task Message_OnThreadWithoutExecutor_IsCopied() =>
        Assert.Equal(["written in the pool"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, WriterPrograms.WriteInPool)));

    [Fact]
    public async Task Message_ThatIsNotSent_GivesItsMemoryBack() => Assert.Equal(
        [
            "disposed: ObjectDisposedException",
            "called with: ObjectDisposedException",
            "sent with: ObjectDisposedException",
            "advance: ArgumentOutOfRangeException",
            "negative: ArgumentOutOfRangeException",
            "no message: ArgumentNullException",
            "nothing begun: InvalidOperationException",
            "abandoned: InvalidOperationException",
            "cancelled: OperationCanceledException",
            "used after: ArgumentOutOfRangeException",
            "given up",
        ],
        await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, WriterPrograms.GiveUp)));

    [Fact]
    public async Task Message_ThatIsForgottenUnsent_IsGivenBackAndReported() => Assert.Equal(
        [
            "reL4: a message to the other side of endpoint 'requests' was forgotten (label 0, 2 bytes): it was not sent, and its memory was taken until now. "
            + "Send what a MessageWriter holds, or dispose of it.",
            "forgotten with 3 bytes",
        ],
        await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, WriterPrograms.ForgetMessages)));

    [Fact]
    public async Task Message_BeingWrittenWhenTheServerDies_GoesToTheNext()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint(AsyncSystem.Requests);
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server)
            .Restart(new RestartPolicy { When = RestartCondition.Always, FirstDelay = TimeSpan.FromMilliseconds(1), Factor = 1 });
        builder.AddTask("client", WriterPrograms.Survive).Grant(AsyncSystem.Requests, requests, AsyncSystem.Client);

        Assert.Equal(["server: ChannelEndedException", "survived"], await AsyncSystem.RunAsync(builder));
    }

    [Fact]
    public async Task Messages_OneAfterTheOther_AllocateNothing() =>
        Assert.Equal(["allocated 0"], await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, WriterPrograms.Allocate)));
}
