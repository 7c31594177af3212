using System.Runtime.CompilerServices;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Looks into an end.</summary>
internal static class ChannelEndExtensions
{
    extension(ChannelEnd end)
    {
        /// <summary>Gets the memory that the peer's message under way takes.</summary>
        public long ReassemblyBytes => BufferOf(ReassemblyOf(end)).Capacity;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_reassembly")]
    private static extern ref Reassembly ReassemblyOf(ChannelEnd end);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_buffer")]
    private static extern ref NativeBuffer BufferOf(Reassembly reassembly);
}
