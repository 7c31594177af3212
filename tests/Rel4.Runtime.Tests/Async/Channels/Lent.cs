using System.Numerics;
using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Looks into what one end has lent to the other.</summary>
internal static class Lent
{
    /// <summary>Gets how many units the peer was lent and, as far as this end has looked, has not given back.</summary>
    public static int Units(ChannelEnd end)
    {
        ref LendingPool pool = ref PoolOf(end);
        int units = 0;
        for (uint left = LentOf(ref pool); left != 0; left &= left - 1)
            units += (int)PlacesOf(ref pool)[BitOperations.TrailingZeroCount(left)].Units;
        return units;
    }

    /// <summary>Counts loans on from a number.</summary>
    public static void CountFrom(ref LendingPool pool, uint loan)
    {
        for (uint unit = 0; unit < ChannelFrame.MaxUnits; unit++)
            PlacesOf(ref pool)[unit] = new LentPlace(loan, unit, length: 0);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lending")]
    private static extern ref LendingPool PoolOf(ChannelEnd end);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lent")]
    private static extern ref uint LentOf(ref LendingPool pool);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_places")]
    private static extern ref LentPlace[] PlacesOf(ref LendingPool pool);
}
