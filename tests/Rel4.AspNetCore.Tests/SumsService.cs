using Grpc.Core;

namespace Rel4.AspNetCore.Tests;

/// <summary>Is the service of these tests. Nothing in it knows over what it is called, but for the badge that it looks at.</summary>
internal sealed class SumsService : Sums.SumsBase
{
    private static int s_waiting;

    public override Task<Sum> Add(Terms request, ServerCallContext context) =>
        Task.FromResult(new Sum { Value = request.Values.Sum(), Badge = StreamsPage.BadgeOf(context) });

    public override async Task<Sum> AddAll(IAsyncStreamReader<Terms> requestStream, ServerCallContext context)
    {
        var sum = new Sum();
        await foreach (Terms terms in requestStream.ReadAllAsync())
            sum.Value += terms.Values.Sum();
        return sum;
    }

    public override async Task Count(Terms request, IServerStreamWriter<Sum> responseStream, ServerCallContext context)
    {
        for (long i = 1; i <= request.Values[0]; i++)
            await responseStream.WriteAsync(new Sum { Value = i });
    }

    public override async Task Total(IAsyncStreamReader<Terms> requestStream, IServerStreamWriter<Sum> responseStream, ServerCallContext context)
    {
        var sum = new Sum();
        await foreach (Terms terms in requestStream.ReadAllAsync())
        {
            sum.Value += terms.Values.Sum();
            await responseStream.WriteAsync(sum);
        }
    }

    public override Task<Blob> Echo(Blob request, ServerCallContext context) => Task.FromResult(request);

    public override async Task<Sum> Wait(Terms request, ServerCallContext context)
    {
        try
        {
            Console.WriteLine("waits");
            Interlocked.Increment(ref s_waiting);
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("cancelled in the service");
        }

        return new Sum();
    }

    public override Task<Sum> Waiting(Terms request, ServerCallContext context) => Task.FromResult(new Sum { Value = Volatile.Read(ref s_waiting) });

    public override Task<Sum> Exit(Terms request, ServerCallContext context)
    {
        Environment.Exit(1);
        return Task.FromResult(new Sum());
    }
}
