using System.Runtime.CompilerServices;
using Rel4.Contracts.Wire;

namespace Rel4.Contracts.Tests;

/// <summary>Reads messages that lie.</summary>
public sealed class ReaderTests
{
    [Fact]
    public void ReadArray_WithFewerItemsThanItSays_TakesMemoryForThoseThatCame()
    {
        // A byte for each item that it says there is, of which each takes sixteen: so one in sixteen comes.
        const int Said = 1 << 20;
        byte[] message = new byte[sizeof(int) + Said];
        BitConverter.TryWriteBytes(message, Said);

        long before = GC.GetAllocatedBytesForCurrentThread();
        ContractReader reader = Make(message, null);
        decimal[]? items = reader.ReadOptionalArray<decimal, DecimalCodec>();
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(reader.HasFailed);
        Assert.InRange(items?.Length ?? 0, 0, 2 * Said / sizeof(decimal));
        Assert.InRange(taken, 0, 5 * Said);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(5000)]
    public void ReadArray_OfAnyLength_HasAllItems(int count)
    {
        byte[] message = new byte[sizeof(int) + (count * sizeof(decimal))];
        BitConverter.TryWriteBytes(message, count);

        ContractReader reader = Make(message, null);
        decimal[]? items = reader.ReadOptionalArray<decimal, DecimalCodec>();

        Assert.False(reader.HasFailed);
        Assert.True(reader.IsAtEnd);
        Assert.Equal(count, items!.Length);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern ContractReader Make(ReadOnlySpan<byte> bytes, IContractSerializer? serializer);

    private readonly struct DecimalCodec : IContractCodec<decimal>
    {
        public static void Write(ContractWriter writer, decimal value) => writer.Write(value);

        public static decimal Read(ref ContractReader reader) => reader.ReadDecimal();
    }
}
