using Rel4.Hosted.Kernel;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Is a slot that was given back the one that is taken next?</summary>
public sealed class SenderSlotSetTests
{
    [Fact]
    public void Release_EachSlot_IsTheOneTakenNext()
    {
        SenderSlotSet slots = default;
        for (int i = 0; i < SenderSlotSet.Capacity; i++)
            Assert.Equal(i, slots.Take());
        Assert.Equal(-1, slots.Take());
        for (int i = 0; i < SenderSlotSet.Capacity; i++)
        {
            slots.Release(i);
            Assert.Equal(i, slots.Take());
        }
    }
}
