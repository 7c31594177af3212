using System.Buffers;
using System.Buffers.Binary;
using Rel4.Runtime;
using Rel4.Samples.Kv.Audit;
using Rel4.Samples.Kv.Protocol;

namespace Rel4.Samples.Kv.Store;

/// <summary>Carries out requests on the databases. Not for use by several threads at once.</summary>
/// <param name="time">The clock that keys expire by.</param>
/// <param name="writes">Takes note of every change, or null.</param>
internal sealed partial class StoreEngine(TimeProvider time, WriteLog? writes = null)
{
    /// <summary>Replies to a batch end once they are this long: the gateway keeps them until the client has taken them, and then asks for more.</summary>
    public const int ReplyGoal = 1 << 20;

    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromMilliseconds(100);

    private const int SlotsPerSweep = 10_000;

    private readonly Keyspace[] _databases = [.. Enumerable.Range(0, StoreRequest.Databases).Select(_ => new Keyspace())];
    private readonly List<byte[]> _found = [];
    private long _now;

    /// <summary>Carries out the requests of a batch, in order.</summary>
    /// <param name="batch">The requests. What can't be read is refused, and what is behind it too.</param>
    /// <param name="replies">Takes the replies to as many of them as were carried out, at least one.</param>
    public void Execute(ReadOnlySpan<byte> batch, ArrayBufferWriter<byte> replies)
    {
        _now = time.GetUtcNow().ToUnixTimeMilliseconds();
        int end = replies.WrittenCount + ReplyGoal;
        while (!batch.IsEmpty && replies.WrittenCount < end)
        {
            if (!StoreRequest.TryRead(ref batch, out StoreRequest request))
            {
                replies.WriteRefusal(StoreError.Malformed);
                return;
            }

            Execute(request, replies);
        }
    }

    /// <summary>Removes expired keys that nobody asks for, looking at some slots of each database, and at others the next time.</summary>
    public void Sweep()
    {
        _now = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (Keyspace database in _databases)
            database.Sweep(_now, SlotsPerSweep);
    }

    /// <summary>Sweeps now and then, without end. For a coroutine of its own.</summary>
    public async ValueTask SweepAsync()
    {
        while (true)
        {
            await Executor.Current!.Delay(s_sweepInterval);
            Sweep();
        }
    }

    private void Execute(StoreRequest request, IBufferWriter<byte> replies)
    {
        Keyspace keys = _databases[request.Database];
        StoreWords words = request.Words;
        switch (request.Operation)
        {
            case StoreOperation.Get:
                WriteValue(keys, words.Next(), replies);
                break;
            case StoreOperation.Set:
                Set(keys, request, replies);
                break;
            case StoreOperation.Delete:
                replies.WriteNumber(Delete(keys, request));
                break;
            case StoreOperation.Exists:
                replies.WriteNumber(CountExisting(keys, words));
                break;
            case StoreOperation.Increment:
                Increment(keys, request, replies);
                break;
            case StoreOperation.GetMany:
                GetMany(keys, request, replies);
                break;
            case StoreOperation.SetMany:
                SetMany(keys, request, replies);
                break;
            case StoreOperation.Expire:
                replies.WriteNumber(Expire(keys, request));
                break;
            case StoreOperation.TimeToLive:
                replies.WriteNumber(TimeToLive(keys, words.Next()));
                break;
            case StoreOperation.Keys:
                keys.Scan(0, long.MaxValue, _now, _found);
                WriteMatches(words.Next(), replies);
                break;
            case StoreOperation.Scan when request.WordCount == 2 && words.Next() is { Length: sizeof(long) } count:
                long next = keys.Scan(request.Number, BinaryPrimitives.ReadInt64LittleEndian(count), _now, _found);
                replies.WriteArray(2);
                WriteCursor(next, replies);
                WriteMatches(words.Next(), replies);
                break;
            case StoreOperation.Count:
                replies.WriteNumber(keys.Count);
                break;
            case StoreOperation.Flush:
                keys.Clear();
                writes?.Add(StoreOperation.Flush, request.Database, [], 0);
                replies.WriteDone();
                break;
            case StoreOperation.Statistics:
                WriteStatistics(replies);
                break;
            default:
                replies.WriteRefusal(StoreError.Malformed);
                break;
        }
    }
}
