using System.Runtime.CompilerServices;
using Rel4.Contracts;
using Rel4.Hosted.Composition;
using Rel4.Runtime;
using Rel4.Streams;

namespace Rel4.Nats.Tests;

/// <summary>Servers of a contract, and of byte streams, that tests call over an imported endpoint.</summary>
internal static class RemotePrograms
{
    public static void ServeContract() => ReL4.Run(static () => RemoteContract.ServeAsync(TaskContext.Endpoint("requests"), new Server()));

    /// <summary>Sends back what comes, and writes how each connection ended.</summary>
    public static void ServeStreams() => ServeStreamsAsync().GetAwaiter().GetResult();

    private static async Task ServeStreamsAsync()
    {
        await using var listener = StreamListener.Start(TaskContext.Endpoint("requests"));
        await foreach (StreamConnection connection in listener.AcceptAllAsync())
            _ = EchoAsync(connection);
    }

    private static async Task EchoAsync(StreamConnection connection)
    {
        await using (connection)
        {
            try
            {
                await connection.Input.CopyToAsync(connection.Output);
                await connection.Output.CompleteAsync();
                Console.WriteLine($"stream of {connection.Badge} ended");
            }
            catch (Exception error) when (error is IOException or Rel4Exception)
            {
                Console.WriteLine($"stream of {connection.Badge} failed");
            }
        }
    }

    private sealed class Server : IRemote
    {
        private int _begun, _cancelled;

        public ValueTask<int> AddAsync(int a, int b, CancellationToken cancel) => new(a + b);

        public ValueTask<byte[]> EchoAsync(byte[] bytes) => new(bytes);

        public async ValueTask WaitAsync(byte[] burden, CancellationToken cancel)
        {
            _begun++;
            try
            {
                await Executor.Current!.Delay(Timeout.InfiniteTimeSpan, cancel);
            }
            finally
            {
                _cancelled++;
            }
        }

        public ValueTask<int> BegunAsync() => new(_begun);

        public ValueTask<int> CancelledAsync() => new(_cancelled);

        public ValueTask FailAsync() => throw new ContractException(42, "as it was told");

        public ValueTask DieAsync()
        {
            Environment.FailFast("as it was told");
            return default;
        }

        public async IAsyncEnumerable<int> DoubleAsync(IAsyncEnumerable<int> values, IDoubler doubler, [EnumeratorCancellation] CancellationToken cancel)
        {
            await foreach (int value in values.WithCancellation(cancel))
                yield return await doubler.DoubleAsync(value);
        }
    }
}
