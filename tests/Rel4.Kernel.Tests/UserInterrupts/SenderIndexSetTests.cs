namespace Rel4.Kernel.Tests;

/// <summary>Is an index that was given back the one that is taken next?</summary>
public sealed class SenderIndexSetTests
{
    [Fact]
    public void Release_EachIndex_IsTheOneTakenNext()
    {
        SenderIndexSet indices = default;
        for (int i = 0; i < SenderIndexSet.Capacity; i++)
            Assert.Equal(i, indices.Take());
        Assert.Equal(-1, indices.Take());
        for (int i = 0; i < SenderIndexSet.Capacity; i++)
        {
            indices.Release(i);
            Assert.Equal(i, indices.Take());
        }
    }
}
