using Rel4.Contracts;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;
using Rel4.Streams;

namespace Rel4.Nats.Tests;

/// <summary>Do contracts and byte streams work over an imported endpoint as on one machine?</summary>
[Collection(nameof(OneKernel))]
public sealed class RemoteTests : IAsyncDisposable
{
    private readonly TwoMachines _machines = new();

    public ValueTask DisposeAsync() => _machines.DisposeAsync();

    [Fact]
    public async Task Contract_OverAnImportedEndpoint_AnswersAndFailsAsOnOneMachine()
    {
        IRemote remote = await ContractAsync();

        Assert.Equal(42, await remote.AddAsync(40, 2, Cancellation));
        byte[] large = new byte[3 << 20];
        Random.Shared.NextBytes(large);
        byte[] echo = await remote.EchoAsync(large);
        Assert.True(large.AsSpan().SequenceEqual(echo));
        ContractException failure = await Assert.ThrowsAsync<ContractException>(() => remote.FailAsync().AsTask());
        Assert.Equal(42, failure.ContractCode);
        Rel4Exception died = await Assert.ThrowsAnyAsync<Rel4Exception>(() => remote.DieAsync().AsTask());
        Assert.True(died.MayHaveActed);
        Assert.Equal(3, await remote.AddAsync(1, 2, Cancellation));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3 << 20)]
    public async Task Contract_WhoseCallIsCancelled_CancelsTheMethod(int burden)
    {
        IRemote remote = await ContractAsync();
        using var cancel = new CancellationTokenSource();
        ValueTask wait = remote.WaitAsync(new byte[burden], cancel.Token);
        await Eventually.HoldsAsync(() => remote.BegunAsync().AsTask().GetAwaiter().GetResult() == 1, () => "it was not begun");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(wait.AsTask);
        await CancelledAsync(remote, 1);
    }

    [Fact]
    public async Task Contract_WhoseDeadlineIsOver_CancelsTheMethod()
    {
        IRemote remote = await ContractAsync(new ContractClientOptions { Timeout = TimeSpan.FromMilliseconds(300) });

        await Assert.ThrowsAsync<TimeoutException>(() => remote.WaitAsync([], Cancellation).AsTask());

        await CancelledAsync(remote, 1);
    }

    [Fact]
    public async Task Contract_WithStreamsBothWaysAndACallback_BringsAllItems()
    {
        IRemote remote = await ContractAsync();

        List<int> doubled = [];
        await foreach (int value in remote.DoubleAsync(Enumerable.Range(0, 300).ToAsyncEnumerable(), new Doubler(), Cancellation))
            doubled.Add(value);

        Assert.Equal(Enumerable.Range(0, 300).Select(value => 2 * value), doubled);
    }

    [Fact]
    public async Task StreamConnection_OverAnImportedEndpoint_BringsBytesAndItsEnd()
    {
        await _machines.StartAsync(_machines.Exporter(RemotePrograms.ServeStreams, "one"));
        EndpointCap store = (await _machines.StartAsync(_machines.Importer("one"))).Host.Endpoint("store");
        byte[] sent = new byte[2 << 20];
        Random.Shared.NextBytes(sent);

        await using (StreamConnection connection = await ConnectAsync(store))
        {
            await using Stream stream = connection.AsStream();
            Task writing = Task.Run(
                async () =>
                {
                    await stream.WriteAsync(sent, Cancellation);
                    await connection.Output.CompleteAsync();
                },
                Cancellation);
            byte[] received = new byte[sent.Length];
            await stream.ReadExactlyAsync(received, Cancellation);
            Assert.True(received.AsSpan().SequenceEqual(sent));
            Assert.Equal(0, await stream.ReadAsync(received, Cancellation));
            await writing;
        }

        await _machines.Output.WaitForAsync("stream of 1 ended");
        StreamConnection second = await ConnectAsync(store);
        second.Abort();
        await _machines.Output.WaitForAsync("stream of 1 failed");
        second.Dispose();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Connects, when the way is there.</summary>
    private static async Task<StreamConnection> ConnectAsync(EndpointCap store)
    {
        for (long limit = Environment.TickCount64 + 30_000; ; await Task.Delay(20, Cancellation))
        {
            try
            {
                return await StreamConnection.ConnectAsync(store, cancellationToken: Cancellation);
            }
            catch (Exception error) when (error is NotDeliveredException or StreamClosedException && Environment.TickCount64 < limit)
            {
            }
        }
    }

    private static async Task CancelledAsync(IRemote remote, int count)
    {
        for (long limit = Environment.TickCount64 + 20_000; await remote.CancelledAsync() != count; await Task.Delay(5, Cancellation))
            Assert.True(Environment.TickCount64 < limit, "the method was not cancelled");
    }

    private async Task<IRemote> ContractAsync(ContractClientOptions? options = null)
    {
        await _machines.StartAsync(_machines.Exporter(RemotePrograms.ServeContract, "one"));
        EndpointCap store = (await _machines.StartAsync(_machines.Importer("one"))).Host.Endpoint("store");
        IRemote patient = RemoteContract.Connect(store);
        for (long limit = Environment.TickCount64 + 30_000; ; await Task.Delay(20, Cancellation))
        {
            try
            {
                await patient.AddAsync(0, 0, Cancellation);
                return options is null ? patient : RemoteContract.Connect(store, options);
            }
            catch (NotDeliveredException) when (Environment.TickCount64 < limit)
            {
            }
        }
    }

    private sealed class Doubler : IDoubler
    {
        public ValueTask<int> DoubleAsync(int value) => new(2 * value);
    }
}
