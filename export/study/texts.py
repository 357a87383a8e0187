"""Words of the study's pages, in English and Korean."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Texts:
    """What a page says in one language; ``claims``, ``verdicts`` and ``readings`` by their keys."""

    title: str
    other_page: str
    intro: str
    networks: str
    budget: Mapping[str, str]
    networks_title: str
    columns: tuple[str, ...]
    sizes_title: str
    sizes: Mapping[str, str]
    fields_title: str
    fields: str
    masks_title: str
    masks: str
    claims_title: str
    claims_about: str
    claim_columns: tuple[str, ...]
    claims: Mapping[str, str]
    verdicts: Mapping[str, str]
    readings: Mapping[str, str]
    again: str


ENGLISH = Texts(
    title="From FCN to DeepLabV3+: the same data, the same budget",
    other_page="[한국어](README.ko.md)",
    intro=(
        "Each network was trained, exported and measured by one command, on the same images for as long. The person "
        "IoU is the overlap of the mask found with the true one, intersection over union; the boundary IoU counts "
        "only pixels near the outlines (arXiv 2103.16562). Both are means over the validation images, 1 is perfect. "
        "MACs are the multiplications of one image; ms the median time of the network alone on one thread."
    ),
    networks=(
        "- FCN (arXiv 1411.4038): a classifier made dense. FCN-32s upsamples scores of stride 32; 16s and 8s add the "
        "scores of finer features on the way, the skips.\n"
        "- SegNet (1511.00561) climbs back by the places of the maxima that pooling took, its indices; U-Net "
        "(1505.04597) by the features themselves.\n"
        "- DeepLabV3 (1706.05587) stops at stride 16. Atrous convolutions, whose taps lie apart by their rate, see "
        "far there, and the ASPP has several rates side by side. The mobile form that is studied here leaves a 1×1 "
        "convolution and image pooling of the ASPP; its last layers are atrous.\n"
        "- DeepLabV3+ (1802.02611) adds a decoder with a skip of stride 4, and here the atrous branches. Two variants "
        "take parts out of it: rates 1 has every atrous rate set to 1; no atrous branches has an ASPP as DeepLabV3's, "
        "so that these two differ by the decoder.\n\n"
        "FCN, DeepLabV3 and V3+ stand on the same MobileNetV2, which starts from the weights named above; "
        "SegNet and U-Net have encoders of their own and start from random weights. So compare these two with each "
        "other, not with the rest."
    ),
    budget=MappingProxyType(
        {
            "input": "input",
            "images": "training images (epochs × images)",
            "weights": "backbones start from (SegNet and U-Net: random weights)",
        }
    ),
    networks_title="Networks",
    columns=("network", "parameters (M)", "MACs (G)", "ms", "person IoU", "boundary IoU"),
    sizes_title="By the size of the people",
    sizes=MappingProxyType(
        {"small": "small, under 5 % of the image", "medium": "medium, to 20 %", "large": "large", "all": "all"}
    ),
    fields_title="Effective receptive field",
    fields=(
        "What the answer at the centre depends on: the absolute gradient of its logit by each pixel (Luo et al. 2016, "
        "arXiv 1701.04128), on a logarithmic scale. The squares around the centre hold half of it, and nine tenths; "
        "the table has their sides as shares of the image's. Image pooling sees the whole image, faintly."
    ),
    masks_title="Label maps",
    masks="The arg max of each network on public-domain photos; the person in the colour of PASCAL VOC.",
    claims_title="What the papers say, and what shows here",
    claims_about=(
        "The difference of two networks, image by image, and the standard error of its mean; it shows where it "
        "exceeds two of them. The error tells how much images differ. It does not tell how much another start of "
        "the training would: each network was trained once, and a few thousandths may be chance whatever the "
        "verdict."
    ),
    claim_columns=("claim", "difference", "standard error", "images", "verdict"),
    claims=MappingProxyType(
        {
            "small": "FCN-32s loses small people (person IoU on small ones, DeepLabV3+ − FCN-32s)",
            "large": "FCN's fixed receptive field misreads large ones (person IoU on large ones, DeepLabV3+ − FCN-32s)",
            "skip16": "the skip at stride 16 sharpens outlines (boundary IoU, FCN-16s − FCN-32s)",
            "skip8": "the skip at stride 8 sharpens them further (boundary IoU, FCN-8s − FCN-16s)",
            "indices": "features tell outlines better than pooling indices (boundary IoU, U-Net − SegNet)",
            "atrous": "atrous rates help with large ones (person IoU on large ones, DeepLabV3+ − all rates 1)",
            "aspp": "the atrous branches of the ASPP help (person IoU, DeepLabV3+ − none of them)",
            "decoder": "the decoder of V3+ sharpens outlines (boundary IoU, DeepLabV3+ − DeepLabV3)",
        }
    ),
    verdicts=MappingProxyType(
        {
            "shown": "shown",
            "unclear": "does not show at this scale (within two standard errors)",
            "opposite": "the opposite shows",
        }
    ),
    readings=MappingProxyType(
        {
            "large": (
                "**Large people.** FCN-32s differs from DeepLabV3+ in the stride of its scores too. FCN-8s tells "
                "the two apart: it sees no farther than FCN-32s, and its scores are finer. What FCN-8s gains on "
                "large people is owed to the stride, only the rest to the receptive field. Compare the fields below "
                "too: the backbone alone sees most of an image of this size."
            ),
            "atrous": (
                "**Atrous rates.** The paper's 6, 12 and 18 are made for inputs of 513 px. Here they are 3, 6 and 9, "
                "and yet the features of stride 16 are so small a map that many taps of the larger rates lie beyond "
                "its edge."
            ),
            "indices": (
                "**SegNet and U-Net** learned everything from these images alone. Their papers trained much longer, "
                "so that their figures here are no verdict on the architectures."
            ),
        }
    ),
    again="Made by",
)

KOREAN = Texts(
    title="FCN에서 DeepLabV3+까지: 같은 데이터, 같은 학습량",
    other_page="[English](README.md)",
    intro=(
        "모든 네트워크를 명령 하나로, 같은 이미지에서 같은 만큼 학습하고 내보내고 측정했습니다. 사람 IoU는 찾은 "
        "마스크와 정답 마스크가 겹치는 정도(교집합을 합집합으로 나눈 값)이고, 경계 IoU는 윤곽 가까이의 픽셀만 "
        "셉니다(arXiv 2103.16562). 둘 다 검증 이미지에 대한 평균이며 1이 완벽한 값입니다. MAC은 이미지 한 장의 곱셈 "
        "횟수, ms는 스레드 하나에서 네트워크만 실행한 시간의 중앙값입니다."
    ),
    networks=(
        "- FCN(arXiv 1411.4038): 분류기를 조밀한 예측기로 바꾼 것입니다. FCN-32s는 스트라이드 32의 점수를 "
        "업샘플링하고, 16s와 8s는 그 길에 더 고운 특징의 점수를 더합니다. 이것이 스킵입니다.\n"
        "- SegNet(1511.00561)은 풀링이 고른 최댓값의 위치, 곧 인덱스로 되돌아가고, U-Net(1505.04597)은 특징 자체로 "
        "되돌아갑니다.\n"
        "- DeepLabV3(1706.05587)는 스트라이드 16에서 멈춥니다. 탭 사이가 비율만큼 벌어진 아트러스 합성곱이 거기서 "
        "멀리 보고, ASPP는 여러 비율을 나란히 둡니다. 여기서 쓴 모바일 형태는 ASPP에 1×1 합성곱과 이미지 풀링만 "
        "남기며, 마지막 층들은 아트러스입니다.\n"
        "- DeepLabV3+(1802.02611)는 스트라이드 4의 스킵이 있는 디코더와, 여기서는 아트러스 분기도 더합니다. 변형 "
        "둘은 여기서 일부를 뺍니다. rates 1은 모든 아트러스 비율을 1로 두고, no atrous branches는 DeepLabV3와 같은 "
        "ASPP를 쓰므로 이 둘의 차이는 디코더입니다.\n\n"
        "FCN, DeepLabV3, V3+는 위에 적힌 가중치에서 시작하는 같은 MobileNetV2 위에 있습니다. SegNet과 U-Net은 자체 "
        "인코더를 무작위 가중치에서 학습합니다. 그러므로 이 둘은 서로 비교하고, 나머지와는 비교하지 마세요."
    ),
    budget=MappingProxyType(
        {
            "input": "입력 크기",
            "images": "학습 이미지 (에폭 × 장수)",
            "weights": "백본의 초기 가중치 (SegNet과 U-Net은 무작위)",
        }
    ),
    networks_title="네트워크",
    columns=("네트워크", "파라미터 (백만)", "MAC (십억)", "ms", "사람 IoU", "경계 IoU"),
    sizes_title="사람의 크기별 결과",
    sizes=MappingProxyType(
        {"small": "작음, 이미지의 5 % 미만", "medium": "중간, 20 % 미만", "large": "큼", "all": "전체"}
    ),
    fields_title="유효 수용 영역",
    fields=(
        "중앙의 답이 무엇에 달려 있는지를 보여 줍니다. 중앙의 로짓을 각 픽셀로 미분한 기울기의 절댓값(Luo et al. "
        "2016, arXiv 1701.04128)이며 로그 눈금입니다. 중앙의 정사각형은 그 절반과 90 %를 담고, 표는 그 한 변을 "
        "이미지 한 변에 대한 비율로 나타냅니다. 이미지 풀링은 이미지 전체를 약하게 봅니다."
    ),
    masks_title="레이블 맵",
    masks="퍼블릭 도메인 사진에 대한 각 네트워크의 argmax 결과입니다. 사람의 색은 PASCAL VOC를 따릅니다.",
    claims_title="논문의 주장과 여기서 나타난 결과",
    claims_about=(
        "두 네트워크의 이미지별 차이와 그 평균의 표준 오차입니다. 차이가 표준 오차의 두 배를 넘으면 나타난 것으로 "
        "봅니다. 표준 오차는 이미지에 따른 차이만 말하며, 학습을 다시 시작했을 때의 차이는 말하지 않습니다. "
        "네트워크마다 한 번씩만 학습했으므로, 판정이 어떻든 0.001 단위의 차이는 우연일 수 있습니다."
    ),
    claim_columns=("주장", "차이", "표준 오차", "이미지 수", "판정"),
    claims=MappingProxyType(
        {
            "small": "FCN-32s는 작은 사람을 놓친다 (작은 사람의 IoU, DeepLabV3+ − FCN-32s)",
            "large": "FCN의 고정된 수용 영역은 큰 사람을 잘못 본다 (큰 사람의 IoU, DeepLabV3+ − FCN-32s)",
            "skip16": "스트라이드 16의 스킵은 윤곽을 또렷하게 한다 (경계 IoU, FCN-16s − FCN-32s)",
            "skip8": "스트라이드 8의 스킵은 더 또렷하게 한다 (경계 IoU, FCN-8s − FCN-16s)",
            "indices": "풀링 인덱스보다 특징이 윤곽을 더 잘 알려 준다 (경계 IoU, U-Net − SegNet)",
            "atrous": "아트러스 비율은 큰 사람에 도움이 된다 (큰 사람의 IoU, DeepLabV3+ − 모든 비율 1)",
            "aspp": "ASPP의 아트러스 분기는 도움이 된다 (사람 IoU, DeepLabV3+ − 분기 없음)",
            "decoder": "V3+의 디코더는 윤곽을 또렷하게 한다 (경계 IoU, DeepLabV3+ − DeepLabV3)",
        }
    ),
    verdicts=MappingProxyType(
        {
            "shown": "나타남",
            "unclear": "이 규모에서는 나타나지 않음 (표준 오차의 두 배 이내)",
            "opposite": "반대로 나타남",
        }
    ),
    readings=MappingProxyType(
        {
            "large": (
                "**큰 사람.** FCN-32s는 점수의 스트라이드도 DeepLabV3+와 다릅니다. 둘을 가르는 것은 FCN-8s입니다. "
                "FCN-32s보다 멀리 보지 않지만 점수가 더 곱습니다. 큰 사람에서 FCN-8s가 얻은 만큼은 스트라이드 "
                "덕분이고, 나머지만 수용 영역 덕분입니다. 아래의 수용 영역도 비교해 보세요. 이 크기의 이미지는 "
                "백본만으로도 대부분 보입니다."
            ),
            "atrous": (
                "**아트러스 비율.** 논문의 6, 12, 18은 513 px 입력을 위한 것입니다. 여기서는 3, 6, 9를 쓰지만, "
                "스트라이드 16의 특징 맵이 작아서 큰 비율의 탭은 많은 수가 맵을 벗어납니다."
            ),
            "indices": (
                "**SegNet과 U-Net**은 이 이미지만으로 모든 것을 배웠습니다. 논문은 훨씬 오래 학습했으므로, 여기의 "
                "수치는 구조에 대한 판정이 아닙니다."
            ),
        }
    ),
    again="만든 명령",
)
