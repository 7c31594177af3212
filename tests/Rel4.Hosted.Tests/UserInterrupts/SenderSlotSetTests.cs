namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Is an index that was given back the one that is taken next?</summary>
public sealed class SenderSlotSetTests
{
    [Fact]
    public void Release_EachIndex_IsTheOneTakenNext()
    {
        SenderSlotSet indices = default;
        for (int i = 0; i < SenderSlotSet.Capacity; i++)
            Assert.Equal(i, indices.Take());
        Assert.Equal(-1, indices.Take());
        for (int i = 0; i < SenderSlotSet.Capacity; i++)
        {
            indices.Release(i);
            Assert.Equal(i, indices.Take());
        }
    }
}
