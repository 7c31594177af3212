using System.Text;
using Rel4.Samples.Kv.Store;

namespace Rel4.Kv.Tests.Store;

/// <summary>Tests the keys of a database.</summary>
public sealed class KeyspaceTests(ITestOutputHelper output)
{
    private readonly Keyspace _keys = new();

    [Fact]
    public void Find_OfAnExpiredKey_RemovesIt()
    {
        _keys.Add("k"u8, "v"u8, expiry: 100);

        Assert.True(_keys.Find("k"u8, now: 99) >= 0);
        Assert.Equal(-1, _keys.Find("k"u8, now: 100));
        Assert.Equal((0, 0), (_keys.Count, _keys.Expiring));
    }

    [Fact]
    public void Sweep_OfExpiredKeys_RemovesThemInSeveralTurns()
    {
        for (int i = 0; i < 100; i++)
            _keys.Add(Key(i), "v"u8, expiry: i < 60 ? 100 : 0);

        _keys.Sweep(now: 100, slots: 30);
        Assert.Equal(70, _keys.Count);
        for (int turn = 0; turn < 3; turn++)
            _keys.Sweep(now: 100, slots: 30);

        Assert.Equal((40, 0), (_keys.Count, _keys.Expiring));
    }

    [Fact]
    public void Clear_OfTheKeys_LeavesNone()
    {
        _keys.Add("k"u8, "v"u8, expiry: 100);

        _keys.Clear();

        Assert.Equal((0, 0, -1), (_keys.Count, _keys.Expiring, _keys.Find("k"u8, now: 0)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1000)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Scan_FromACursorThatNobodyGave_Ends(long cursor)
    {
        _keys.Add("k"u8, "v"u8, expiry: 0);

        Assert.Equal(0, _keys.Scan(cursor, long.MaxValue, now: 0, []));
    }

    [Fact]
    public void Scan_WhileKeysComeAndGo_MeetsAllThatStayed()
    {
        Random random = Seed.Choose(output);
        for (int round = 0; round < 50; round++)
        {
            _keys.Clear();
            HashSet<string> staying = [];
            for (int i = 0; i < 200; i++)
            {
                _keys.Add(Key(i), "v"u8, expiry: 0);
                if (i % 2 == 0)
                    staying.Add(Encoding.ASCII.GetString(Key(i)));
            }

            var found = new List<byte[]>();
            long cursor = 0;
            do
            {
                cursor = _keys.Scan(cursor, random.Next(1, 20), now: 0, found);
                for (int change = random.Next(20); change > 0; change--)
                    Change(Key((random.Next(500) * 2) + 1));
            }
            while (cursor != 0);

            Assert.Superset(staying, found.Select(Encoding.ASCII.GetString).ToHashSet());
        }
    }

    private void Change(byte[] key)
    {
        if (_keys.Find(key, now: 0) is >= 0 and var slot)
            _keys.Remove(slot);
        else
            _keys.Add(key, "v"u8, expiry: 0);
    }

    private static byte[] Key(int number) => Encoding.ASCII.GetBytes($"key:{number}");
}
