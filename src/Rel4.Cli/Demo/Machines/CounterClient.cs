using System.Buffers.Text;
using System.Diagnostics;
using Rel4.Cli.Commands;
using Rel4.Samples.Kv.Gateway.Stores;

namespace Rel4.Cli.Demo.Machines;

/// <summary>Is a client that counts up a number of its own, and knows from replies and errors what the number may be.</summary>
/// <remarks>
/// Invariant: the number is at least <see cref="Answered"/>, as nothing acknowledged is lost, and at most that and <see cref="Unknown"/>: nothing is carried out twice, and nothing of which the
/// client was told that it was not carried out.
/// </remarks>
internal sealed class CounterClient
{
    /// <summary>A request that has neither a reply nor an error then is taken for lost.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(40);

    /// <summary>Who is refused tries again a little later, as clients do.</summary>
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMilliseconds(50);

    private readonly string _gateway;
    private readonly int _store;
    private readonly Timeline _timeline;
    private readonly string _key;
    private long _servedAt;

    /// <summary>Makes one.</summary>
    /// <param name="number">A number that no other client has.</param>
    /// <param name="gateway">The gateway it connects to.</param>
    /// <param name="store">The store that has its counter.</param>
    /// <param name="timeline">Where it counts.</param>
    public CounterClient(int number, string gateway, int store, Timeline timeline)
    {
        (_gateway, _store, _timeline) = (gateway, store, timeline);
        _key = Enumerable.Range(0, int.MaxValue).Select(salt => $"counter:{number}:{salt}")
            .First(key => KeySlot.StoreOf(System.Text.Encoding.ASCII.GetBytes(key), KvMachines.Stores.Count) == store);
    }

    /// <summary>Gets the gateway.</summary>
    public string Gateway => _gateway;

    /// <summary>Gets the number of the store.</summary>
    public int Store => _store;

    /// <summary>Gets how many requests it made.</summary>
    public long Requests { get; private set; }

    /// <summary>Gets how many of them got a reply.</summary>
    public long Answered { get; private set; }

    /// <summary>Gets how many got an error that says that they were not carried out.</summary>
    public long NotCarriedOut { get; private set; }

    /// <summary>Gets how many got an error that says that they may have been.</summary>
    public long Unknown { get; private set; }

    /// <summary>Gets the longest time that a request took.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Gets when the last request that got a reply was sent.</summary>
    public long ServedAt => Volatile.Read(ref _servedAt);

    /// <summary>Counts until it is stopped, and then for the reply to its last request.</summary>
    /// <exception cref="CommandFailure">A request got neither a reply nor an error, or a wrong number.</exception>
    public async Task RunAsync(KvMachines machines, CancellationToken stop)
    {
        using RespConnection connection = await machines.ConnectAsync(_gateway, stop);
        byte[] request = RespConnection.Write(["INCR", _key], times: 1);
        while (!stop.IsCancellationRequested)
        {
            long sent = Stopwatch.GetTimestamp();
            Requests++;
            string? error = await ExchangeAsync(connection, request);
            CallOutcome outcome = Count(error);
            Longest = TimeSpan.FromTicks(Math.Max(Longest.Ticks, Stopwatch.GetElapsedTime(sent).Ticks));
            _timeline.Count(_store, outcome);
            if (outcome == CallOutcome.Answered)
            {
                Check(connection.Last.Span);
                Volatile.Write(ref _servedAt, sent);
            }
            else
            {
                await Task.Delay(s_retryDelay, CancellationToken.None);
            }
        }
    }

    /// <summary>Reads the number through a gateway.</summary>
    /// <exception cref="CommandFailure">It is not what this client was told.</exception>
    public async Task AuditAsync(KvMachines machines, string gateway, CancellationToken cancellationToken)
    {
        using RespConnection connection = await machines.ConnectAsync(gateway, cancellationToken);
        if (await ExchangeAsync(connection, RespConnection.Write(["GET", _key], times: 1)) is { } error)
            throw new CommandFailure($"{gateway} does not tell {_key} at the end: {error}");
        Check(connection.Last.Span);
    }

    private async Task<string?> ExchangeAsync(RespConnection connection, byte[] request)
    {
        try
        {
            return await connection.ExchangeAsync(request, replies: 1, CancellationToken.None).AsTask().WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            throw new CommandFailure($"A request through {_gateway} to {KvMachines.Stores[_store]} has neither a reply nor an error after {s_limit}.");
        }
    }

    private CallOutcome Count(string? error)
    {
        switch (error)
        {
            case null:
                Answered++;
                return CallOutcome.Answered;
            case not null when error.StartsWith("LOADING", StringComparison.Ordinal) && error.EndsWith("not carried out", StringComparison.Ordinal):
                NotCarriedOut++;
                return CallOutcome.NotCarriedOut;
            case not null when error.StartsWith("LOADING", StringComparison.Ordinal):
                Unknown++;
                return CallOutcome.Unknown;
            default:
                throw new CommandFailure($"{_gateway} replied with an error that nobody expects: {error}");
        }
    }

    private void Check(ReadOnlySpan<byte> text)
    {
        if (!Utf8Parser.TryParse(text, out long number, out _) || number < Answered || number > Answered + Unknown)
        {
            throw new CommandFailure(
                $"{_key} is {System.Text.Encoding.ASCII.GetString(text)}, but {Answered} requests were acknowledged, and {Unknown} more may have been carried out.");
        }
    }
}
