using Rel4.Abi;
using Rel4.Contracts;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Testing.Tests;

/// <summary>How much work can a server give its clients that answers, but not as a contract's server does?</summary>
public sealed class LyingServerTests : IDisposable
{
    private const int Pull = 2, Push = 3, Ask = 4, CallEnded = 5;

    /// <summary>What the server answers of each kind before it falls silent, so that a client that never ends is found.</summary>
    private const int Most = 1000;

    private readonly TestSystem _system = new();
    private readonly int[] _counts = new int[16];
    private (ushort Label, byte[] Payload) _answer;

    public LyingServerTests()
    {
        TestEndpoint tips = _system.AddEndpoint("tips");
        _system.AddTask("server", () => ReL4.Run(ServeAsync)).Grant("requests", tips, CapRights.Read | CapRights.Grant);
        _system.Grant("tips", tips, CapRights.Write | CapRights.Grant);
    }

    public void Dispose() => _system.Dispose();

    [Fact]
    public void Server_ThatSaysCallsHadEnded_IsAskedAFewTimesAndItsAnswerAwaited()
    {
        _answer = (CallEnded, []);
        ReL4.Run(async () =>
        {
            ITips tips = TipsContract.Connect(TaskContext.Endpoint("tips"));
            using var cancel = new CancellationTokenSource(TimeSpan.FromHours(1), Executor.Current!.TimeProvider);
            Task<int> add = tips.AddAsync(Enumerable.Range(0, 100).ToAsyncEnumerable(), new Tipped(), cancel.Token).AsTask();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tips.AllAsync(cancel.Token).FirstAsync().AsTask());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => add);
        });

        Assert.Equal([9, 9, 9], [_counts[Pull], _counts[Push], _counts[Ask]]);
    }

    /// <summary>Batches that are not the last: one without an item, which the client would ask for again and again, and one of more than it has asked for.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Batch_ThatIsEmptyOrTooLong_EndsTheStream(int count)
    {
        _answer = (0, [0, .. BitConverter.GetBytes(count), .. new byte[count * sizeof(int)]]);
        ReL4.Run(async () =>
        {
            ITips tips = TipsContract.Connect(TaskContext.Endpoint("tips"), new ContractClientOptions { Credit = 2 });
            ContractRefusedException refused = await Assert.ThrowsAsync<ContractRefusedException>(() => tips.AllAsync().FirstAsync().AsTask());
            Assert.Equal(ContractRefusal.Malformed, refused.Reason);
        });

        Assert.Equal(1, _counts[Pull]);
    }

    private async ValueTask ServeAsync()
    {
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
        {
            int kind = request.Payload[1] & 0xF;
            if (++_counts[kind] <= Most && kind is (Pull or Push or Ask))
                await request.ReplyAsync(_answer.Label, _answer.Payload);
        }
    }

    private sealed class Tipped : ITipped
    {
        public ValueTask SayAsync(int value) => default;
    }
}
