"""Words of the study's pages, in English and Korean."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Texts:
    """What a page says in one language; ``claims`` and ``verdicts`` by their keys."""

    title: str
    intro: str
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
    claim_columns: tuple[str, ...]
    claims: Mapping[str, str]
    verdicts: Mapping[str, str]
    again: str


ENGLISH = Texts(
    title="From FCN to DeepLabV3+: the same data, the same budget",
    intro=(
        "Each network was trained, exported and measured by one command. All figures are means over the validation "
        "images at the input size; time is the median of the network alone on one thread."
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
        "Absolute gradient of the logit at the centre by each pixel, logarithmic, white the strongest; side of the "
        "square around the centre that holds half and nine tenths of it, as a share of the image's side. Image pooling "
        "sees the whole image, faintly."
    ),
    masks_title="Label maps",
    masks="The arg max of each network on a public-domain photo, in the colours of PASCAL VOC.",
    claims_title="What the papers say, and what shows here",
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
    again="Made by",
)

KOREAN = Texts(
    title="FCN에서 DeepLabV3+까지: 같은 데이터, 같은 학습량",
    intro=(
        "모든 네트워크를 명령 하나로 학습하고 내보내고 측정했습니다. 수치는 검증 이미지에 대한 평균이며, "
        "시간은 스레드 하나에서 네트워크만 실행한 시간의 중앙값입니다."
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
        "중앙 픽셀의 로짓을 각 픽셀로 미분한 기울기의 절댓값이며, 로그 눈금이고 흰색이 가장 큽니다. "
        "표는 그 절반과 90 %를 담는 중앙 정사각형의 한 변을 이미지 한 변에 대한 비율로 나타냅니다. "
        "이미지 풀링은 이미지 전체를 약하게 봅니다."
    ),
    masks_title="레이블 맵",
    masks="퍼블릭 도메인 사진에 대한 각 네트워크의 argmax 결과이며, 색은 PASCAL VOC를 따릅니다.",
    claims_title="논문의 주장과 여기서 나타난 결과",
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
    again="만든 명령",
)
