using System.Buffers;
using System.Buffers.Binary;
using Rel4.Samples.Kv.Audit;
using Rel4.Samples.Kv.Protocol;
using Rel4.Samples.Kv.Resp;
using Rel4.Samples.Kv.Store;

namespace Rel4.Kv.Tests.Store;

/// <summary>Tests what the store does with what a gateway sends, be that one of ours or not.</summary>
public sealed class StoreEngineTests(ITestOutputHelper output)
{
    private readonly StoreEngine _engine = new(TimeProvider.System);
    private readonly RequestBatch _batch = new();

    [Fact]
    public void Execute_OfRandomBytes_RefusesOrReplies()
    {
        Random random = Seed.Choose(output);
        Add(StoreOperation.Set, "key", "value");
        Add(StoreOperation.GetMany, "key", "other");
        _batch.AddScan(0, 0, 10, "*"u8);
        byte[] good = _batch.From(0).ToArray();
        for (int round = 0; round < 5000; round++)
        {
            byte[] bytes = [.. good];
            for (int change = random.Next(1, 4); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            ReplyReader reader = Execute(bytes.AsSpan(0, random.Next(1, bytes.Length + 1)));
            while (!reader.IsAtEnd)
                reader.Read();
        }
    }

    [Theory]
    [InlineData(0, 19)]
    [InlineData(0, 1000)]
    [InlineData(0, -1)]
    [InlineData(16, 1000)]
    [InlineData(20, -1)]
    [InlineData(20, 1000)]
    public void Execute_OfAWrongLength_IsRefused(int place, int value)
    {
        Add(StoreOperation.Get, "key");
        byte[] bytes = _batch.From(0).ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(place), value);

        ReplyItem reply = Execute(bytes).Read();

        Assert.Equal((ReplyKind.Error, (long)StoreError.Malformed), (reply.Kind, reply.Number));
    }

    [Fact]
    public void Execute_OfManyLargeReads_StopsAndGoesOn()
    {
        Add(StoreOperation.Set, "key", new string('v', StoreEngine.ReplyGoal / 2));
        for (int i = 0; i < 5; i++)
            Add(StoreOperation.Get, "key");

        int replies = 0, batches = 0;
        for (; replies < _batch.Count; batches++)
        {
            ReplyReader reader = Execute(_batch.From(replies).Span);
            for (; !reader.IsAtEnd; replies++)
                reader.Read();
        }

        Assert.Equal((6, 3), (replies, batches));
    }

    [Fact]
    public void Writes_OfABatch_AreLoggedOnceAndInOrder()
    {
        var log = new WriteLog();
        var engine = new StoreEngine(TimeProvider.System, log);
        Add(StoreOperation.Set, "a", "1");
        Add(StoreOperation.Get, "a");
        Add(StoreOperation.SetMany, "b", "22", "c", "333");
        Add(StoreOperation.Delete, "c", "missing");
        _batch.Add(StoreOperation.Flush, 3);
        engine.Execute(_batch.From(0).Span, new ArrayBufferWriter<byte>());

        ReadOnlySpan<byte> records = log.Records.Span;
        var found = new List<WriteRecord>();
        while (WriteRecord.TryRead(ref records, out WriteRecord record, out _))
            found.Add(record);
        Assert.Equal(
            [
                new(1, StoreOperation.Set, 0, 1, 1), new(2, StoreOperation.Set, 0, 1, 2), new(3, StoreOperation.Set, 0, 1, 3),
                new(4, StoreOperation.Delete, 0, 1, 0), new(5, StoreOperation.Flush, 3, 0, 0),
            ],
            found);
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 7 })]
    [InlineData(new byte[] { 3, 1, 2 })]
    [InlineData(new byte[] { 4, 9, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 4, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 5, 255, 255, 255, 127 })]
    [InlineData(new byte[] { 6 })]
    public void Read_OfWhatIsNoReply_IsRefused(byte[] bytes) =>
        Assert.Throws<InvalidReplyException>(() => new ReplyReader(bytes).Read());

    private void Add(StoreOperation operation, params ReadOnlySpan<string> words)
    {
        var command = new RespCommand();
        foreach (string word in words)
            command.Add(System.Text.Encoding.ASCII.GetBytes(word));
        _batch.Add(operation, 0, StoreFlags.None, 0, command, 0, command.Count);
    }

    private ReplyReader Execute(ReadOnlySpan<byte> batch)
    {
        var replies = new ArrayBufferWriter<byte>();
        _engine.Execute(batch, replies);
        return new ReplyReader(replies.WrittenMemory);
    }
}
