using System.Buffers;
using System.Text;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Samples.Kv.Gateway;
using Rel4.Samples.Kv.Gateway.Stores;

namespace Rel4.Kv.Tests.Gateway;

/// <summary>Which of several stores has a key, and what becomes of commands about more than one of them?</summary>
/// <remarks>Of two stores, the first has <c>b</c> and <c>{b}</c>, the second <c>a</c> and <c>{a}</c>.</remarks>
public sealed class ShardingTests
{
    /// <summary>Slots of keys, as Redis' own CLUSTER KEYSLOT tells them.</summary>
    [Theory]
    [InlineData("123456789", 12739)]
    [InlineData("foo", 12182)]
    [InlineData("bar", 5061)]
    [InlineData("hello", 866)]
    [InlineData("", 0)]
    [InlineData("{foo}.x", 12182)]
    [InlineData("x{foo}{bar}", 12182)]
    public void Slot_OfAKey_IsThatOfARedisCluster(string key, int slot) => Assert.Equal(slot, KeySlot.Of(Encoding.ASCII.GetBytes(key)));

    [Theory]
    [InlineData("foo{}{bar}")]
    [InlineData("foo{bar")]
    [InlineData("foo}bar{")]
    public void Slot_OfAKeyWithoutATag_IsThatOfAllOfIt(string key) =>
        Assert.NotEqual(KeySlot.Of("bar"u8), KeySlot.Of(Encoding.ASCII.GetBytes(key)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Stores_OfManyKeys_HaveAboutAsManyEach(int stores)
    {
        int[] keys = new int[stores];
        for (int i = 0; i < 9000; i++)
            keys[KeySlot.StoreOf(Encoding.ASCII.GetBytes($"key:{i}"), stores)]++;

        Assert.All(keys, count => Assert.InRange(count, 8000 / stores, 10_000 / stores));
    }

    [Fact]
    public void Keys_OfSeveralStores_EachLieInTheirOwn()
    {
        Recorder first = new(), second = new();
        using var gateway = new InProcessGateway(first, second);

        gateway.Converse("GET b\r\n");
        Assert.Equal((1, 0), (first.Calls, second.Calls));
        gateway.Converse("GET a\r\nGET {a}x\r\nMGET a {a}y\r\n");
        Assert.Equal((1, 1), (first.Calls, second.Calls));
    }

    [Theory]
    [InlineData("SET a 1;SET b 2;GET b;GET a;INCR a", "+OK;+OK;$1;2;$1;1;:2")]
    [InlineData("MSET a 1 {a}b 2;MGET {a}b a;DEL a {a}b none{a}", "+OK;*2;$1;2;$1;1;:2")]
    [InlineData("MSET a 1 b 2;EXISTS a;EXISTS b", "-CROSSSLOT Keys in request don't hash to the same slot;:0;:0")]
    [InlineData("MGET a b", "-CROSSSLOT Keys in request don't hash to the same slot")]
    [InlineData("DEL a b", "-CROSSSLOT Keys in request don't hash to the same slot")]
    [InlineData("EXISTS b b a;PING", "-CROSSSLOT Keys in request don't hash to the same slot;+PONG")]
    [InlineData("SET a 1;SET b 2;DBSIZE;FLUSHDB;DBSIZE;GET a", "+OK;+OK;:2;+OK;:0;$-1")]
    [InlineData("KEYS *;SCAN 0", $"-{Errors.OneStoreOnly};-{Errors.OneStoreOnly}")]
    [InlineData("KEYS", "-ERR wrong number of arguments for 'keys' command")]
    public void Commands_OfTwoStores_AreRepliedToFromTheRightOne(string commands, string replies)
    {
        using var gateway = new InProcessGateway(null, null);

        Assert.Equal(replies.Replace(";", "\r\n", StringComparison.Ordinal) + "\r\n", gateway.Converse(commands.Replace(";", "\r\n", StringComparison.Ordinal) + "\r\n"));
    }

    [Fact]
    public void Info_OfTwoStores_AddsTheirKeysUp()
    {
        using var gateway = new InProcessGateway(null, null);

        Assert.Contains("db0:keys=2,expires=1,", gateway.Converse("SET a 1\r\nSET b 2 EX 10\r\nINFO keyspace\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Pipeline_OverTwoStores_IsRepliedToInOrder()
    {
        using var gateway = new InProcessGateway(null, null);
        var commands = new StringBuilder();
        var replies = new StringBuilder();
        for (int i = 0; i < 3000; i++)
        {
            commands.Append("INCR a\r\nPING\r\nINCR b\r\nDBSIZE\r\n");
            replies.Append($":{i + 1}\r\n+PONG\r\n:{i + 1}\r\n:2\r\n");
        }

        Assert.Equal(replies.ToString(), gateway.Converse(commands.ToString()));
    }

    [Fact]
    public void Store_ThatIsLost_FailsItsCommandsAndNotTheOthers()
    {
        using var gateway = new InProcessGateway(null, new Lost(null));

        Assert.Equal(
            $"+OK\r\n-{Errors.StoreLost}\r\n:1\r\n-{Errors.StoreLost}\r\n$1\r\n1\r\n+PONG\r\n",
            gateway.Converse("SET b 1\r\nSET a 1\r\nEXISTS b\r\nDBSIZE\r\nGET b\r\nPING\r\n"));
    }

    [Fact]
    public void Store_ThatLostNothing_SaysThatTheCommandWasNotCarriedOut()
    {
        using var gateway = new InProcessGateway(new Lost(new Failure(Rel4ErrorCode.NotDelivered)), new Lost(new Failure(Rel4ErrorCode.NotAnswered)));

        Assert.Equal($"-{Errors.StoreUnreachable}\r\n-{Errors.StoreLost}\r\n", gateway.Converse("GET b\r\nGET a\r\n"));
    }

    /// <summary>One store may have emptied its keys when the other can't be reached.</summary>
    [Fact]
    public void Flush_OfWhichAStoreHeardNothing_MayHaveBeenCarriedOut()
    {
        using var gateway = new InProcessGateway(null, new Lost(new Failure(Rel4ErrorCode.NotDelivered)));

        Assert.Equal($"+OK\r\n-{Errors.StoreLost}\r\n$-1\r\n", gateway.Converse("SET b 1\r\nFLUSHDB\r\nGET b\r\n"));
    }

    private sealed class Failure(Rel4ErrorCode code) : Rel4Exception(code, "");

    private sealed class Lost(Rel4Exception? cause) : IStore
    {
        public CoTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies) => throw new StoreUnavailableException(cause);
    }

    private sealed class Recorder : IStore
    {
        public int Calls { get; private set; }

        public CoTask ExecuteAsync(ReadOnlyMemory<byte> requests, ArrayBufferWriter<byte> replies)
        {
            Calls++;
            throw new StoreUnavailableException(null);
        }
    }
}
